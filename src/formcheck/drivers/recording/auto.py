"""Check a recording in two passes: find the movement, then judge it.

The movement is named by the user, or found (``--movement auto``); a whole session has several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from formcheck.core.measure.person import SeenPerson
from formcheck.core.movement.load import catalogue, load_movement, load_unrecognised, read_movement_bytes
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.recognise import Recogniser, Span
from formcheck.core.records import PoseFrame
from formcheck.core.summary.phrases import describe_why
from formcheck.core.summary.schema import JudgedRecord, RecognisedRecord, RunSummary, SpanRecord, WhyCode
from formcheck.sources.files.heartbeat import report_step

from .judge import CheckOptions, Progress, judge_poses, write_result
from .kept_poses import KeptPoses
from .open_recording import OpenRecording
from .pose_stream import PoseStream, open_poses, report_warnings

_SESSION_FOLDER = re.compile(r"[0-9]{2}_[a-z][a-z0-9_]{1,40}")
MOST_SUMMARY_BYTES = 20_000_000


def check_unnamed(
    video: Path | OpenRecording, folder: Path | None, options: CheckOptions, progress: Progress | None
) -> RunSummary:
    """Find out which movement a recording shows and check it as that movement.

    If a recording has several movements, the result of the longest goes to `folder` and those of the others to folders
    inside it; `recognised.spans` of the summary lists them all. If no movement is certain enough, the measurements are
    kept and the verdict is ``cannot_tell``.

    Parameters
    ----------
    folder : folder for the results, None for no files.
    """
    movements = options.timed("measure", _load_catalogue)().values()
    with _keep_poses(video, None, movements, options, progress) as (kept, recogniser):
        spans = options.timed("measure", recogniser.spans)()
        named = [span for span in spans if span.named]
        main = max(named, key=lambda span: span.to_s - span.from_s, default=None)
        if main is None:
            return _write_unsure(kept, spans, folder, options)
        is_only = len(named) == 1
        if is_only:
            main = recogniser.find_span(main.movement) or main
            named = [main]
        folders = ["" if s is main else name_session_folder(k, s.movement) for k, s in enumerate(named, 1)]
        records = [_record(span, name) for span, name in zip(named, folders, strict=True)]
        if folder is not None:
            for span, record in zip(named, records, strict=True):
                if span is not main:
                    _check_part(kept, span, folder / record.folder, options, None, is_only=False)
        recognised = RecognisedRecord(certainty=main.certainty, unsure=False, spans=records)
        return _check_part(kept, main, folder, options, recognised, is_only=is_only)


def check_named(
    video: Path | OpenRecording, spec: Movement, folder: Path | None, options: CheckOptions, progress: Progress | None
) -> tuple[RunSummary, FormChecker]:
    """Check a recording as one movement; return also the checker that judged it.

    If the movement shows clearly in a part of the recording, only that part is judged.
    """
    with _keep_poses(video, spec, [spec], options, progress) as (kept, recogniser):
        span = options.timed("measure", recogniser.find_span)(spec.id)
        judge = _make_checker(kept.header, spec, span, options, kept.people)
        return _judge_kept(kept, iter(kept), judge, folder, options), judge


def judge_again(folder: Path, spec: Movement, summary: RunSummary, options: CheckOptions) -> FormChecker:
    """Return a new checker that judges the poses of a result as they were judged."""
    from formcheck.sources.pose_track import open_track

    about = open_track(folder / "poses.parquet").header
    return _make_checker(about, spec, summary.judged, options)


def _make_checker(
    about: Mapping[str, Any],
    spec: Movement,
    part: Span | JudgedRecord | None,
    options: CheckOptions,
    people: Iterable[SeenPerson] | None = None,
) -> FormChecker:
    """Return a new checker for the poses of a recording with this header.

    Parameters
    ----------
    part : the parts of the recording to judge, and their working side; None = the whole.
    people : what the first pass found in the poses that will be judged; None = the person is followed again.
    """
    side = options.side if options.side != "auto" or part is None else part.side
    still, spans_s = bool(about["still"]), None if part is None else part.spans_s
    return options.checker(
        spec,
        side,
        still=still,
        spans_s=None if still else spans_s,
        pose_model=about["model"]["name"],
        earlier=people,
    )


def _judge_kept(
    kept: KeptPoses, poses: Iterator[PoseFrame], judge: FormChecker, folder: Path | None, options: CheckOptions
) -> RunSummary:
    """Judge kept poses; the summary says which part was judged."""
    judged = options.timed("write", judge_poses)
    recording = PoseStream(lambda: kept.header, kept.frames, poses, still=bool(kept.header["still"]))
    summary = judged(recording, judge, judge.movement, folder, None, files=options.files)
    if judge.spans_s is None:
        return summary
    return summary.model_copy(update={"judged": JudgedRecord(spans_s=list(judge.spans_s), side=judge.side)})


@cache
def _load_catalogue() -> dict[str, Movement]:
    """Return every movement of the catalogue.

    Reading them takes longer than analysing a short recording.
    """
    return {one: load_movement(one) for one in catalogue()}


@contextmanager
def _keep_poses(
    video: Path | OpenRecording,
    subject: Movement | None,
    movements: Iterable[Movement],
    options: CheckOptions,
    progress: Progress | None,
) -> Iterator[tuple[KeptPoses, Recogniser]]:
    """Analyse the recording once: keep its poses, and watch for these movements."""
    # the pose model and its memory are free for other work before the judging begins
    with ExitStack() as stack:
        with open_poses(
            video, movement=subject, fps=options.fps, engine=options.engine, patient=options.patient
        ) as recording:
            kept = stack.enter_context(KeptPoses(dict(recording.header)))
            recogniser = Recogniser(movements, still=recording.still, pose_model=kept.header["model"]["name"])
            keep, watch = options.timed("write", kept.add), options.timed("measure", recogniser.step)
            for frames, pose in enumerate(recording, start=1):
                report_step()
                keep(pose)
                kept.add_person(watch(pose))
                if progress is not None:
                    progress(frames, max(frames, recording.expected))
            report_warnings(recording, options.on_warning)
        # now the header holds what is known only at the end of a recording, such as the true number of frames
        kept.finish(recording.header)
        yield kept, recogniser


def _check_part(
    kept: KeptPoses,
    span: Span,
    folder: Path | None,
    options: CheckOptions,
    about: RecognisedRecord | None,
    *,
    is_only: bool,
) -> RunSummary:
    """Judge one part of the recording as its movement.

    Poses of other parts of a session are left out.
    """
    if folder is not None:
        folder.mkdir(exist_ok=True)
    spec = _load_catalogue()[span.movement]
    # a part of a session is followed by itself: what was seen before it belongs to another movement
    people = kept.people if is_only else None
    judge = _make_checker(kept.header, spec, span, options, people)
    poses = iter(kept) if is_only else (pose for pose in kept if span.from_s <= pose.time_s <= span.to_s)
    summary = _judge_kept(kept, poses, judge, folder, options)
    summary = summary.model_copy(update={"recognised": about})
    write_result(folder, summary, read_movement_bytes(span.movement))
    return summary


def _write_unsure(kept: KeptPoses, spans: list[Span], folder: Path | None, options: CheckOptions) -> RunSummary:
    """Write the measurements, with the verdict that the movement is not certain."""
    spec = load_unrecognised()
    judge = _make_checker(kept.header, spec, None, CheckOptions(engine=options.engine), kept.people)
    summary = _judge_kept(kept, iter(kept), judge, folder, options)
    best = max((span.certainty for span in spans), default=0.0)
    about = RecognisedRecord(certainty=best, unsure=True, spans=[_record(span, "") for span in spans])
    code = WhyCode.NOT_RECOGNISED if summary.seen_share > 0 else WhyCode.NOBODY_SEEN
    summary = summary.model_copy(
        update={"recognised": about, "verdict": "cannot_tell", "why_code": code, "why_about": "", "faults": []}
    )
    summary = summary.model_copy(update={"why": describe_why(summary, spec)})
    write_result(folder, summary, read_movement_bytes("_unrecognised"))
    return summary


def _record(span: Span, folder: str) -> SpanRecord:
    values: dict[str, Any] = {
        "movement": span.movement,
        "side": span.side,
        "from_s": span.from_s,
        "to_s": span.to_s,
        "certainty": span.certainty,
    }
    return SpanRecord(**values, folder=folder)


# Folders of a session ------------------------------------------------------------------------------------------------


def name_session_folder(number: int, movement: str) -> str:
    """Return the name of the folder for one part of a session.

    Examples
    --------
    >>> name_session_folder(2, "plank")
    '02_plank'
    """
    return f"{number:02d}_{movement}"


def list_earlier_folders(out: Path | None) -> list[str]:
    """Return the folders that a result's summary lists; formcheck may remove only these."""
    if out is None or not (file := out / "summary.json").is_file() or file.is_symlink():
        return []
    try:
        with file.open("rb") as stream:
            summary = RunSummary.model_validate_json(stream.read(MOST_SUMMARY_BYTES))
    except (OSError, ValueError):
        return []
    spans = summary.recognised.spans if summary.recognised is not None else []
    return [span.folder for span in spans if _SESSION_FOLDER.fullmatch(span.folder)]

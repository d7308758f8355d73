"""``--movement auto``: which movement a recording shows, and the parts of a whole session."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from formcheck.core.movement import Movement, catalogue, load_movement, movement_bytes, unrecognised
from formcheck.core.pipeline import FormChecker
from formcheck.core.recognise import Recogniser, Span
from formcheck.core.records import PoseFrame
from formcheck.core.summary import RunSummary
from formcheck.core.summary_records import RecognisedRecord, SpanRecord
from formcheck.sources.recorded import Track, TrackWriter, open_track

from .check import CheckOptions, Progress, judge_poses, write_result
from .opened import Opened
from .seeing import Seen, seen, tell_all
from .session_folders import session_folder
from .whole_files import told

UNSURE = "Which stretch this is could not be told; please name it."
_WATCHING_SHARE = 0.9
"""Seeing the person takes nearly all the time; judging the saved poses the rest."""


def check_unnamed(
    video: Path | Opened, folder: Path | None, options: CheckOptions, progress: Progress | None
) -> RunSummary:
    """Find out which movement a recording shows and check it as that one.

    A recording of several movements gives the result of the longest in `folder` and those of the others in folders
    beside it; `recognised.spans` of the summary lists them all. Where nothing is certain enough, the measurements are
    kept and the verdict is ``cannot_tell``.

    Parameters
    ----------
    folder : where the results go, None for none.
    """
    with _kept_track(video, options, progress) as (track, spans):
        named = [span for span in spans if span.named]
        main = max(named, key=lambda span: span.to_s - span.from_s, default=None)
        if main is None:
            return _unsure(track, spans, folder, options)
        whole = len(named) == 1
        folders = ["" if s is main else session_folder(k, s.movement) for k, s in enumerate(named, 1)]
        records = [_record(span, name) for span, name in zip(named, folders, strict=True)]
        if folder is not None:
            for span, record in zip(named, records, strict=True):
                if span is not main:
                    _check_span(track, span, folder / record.folder, options, None, whole=False)
        recognised = RecognisedRecord(certainty=main.certainty, unsure=False, spans=records)
        return _check_span(track, main, folder, options, recognised, whole=whole)


def judge_again(folder: Path, summary: RunSummary, options: CheckOptions) -> FormChecker:
    """Return a new checker like the one that gave a result: its movement, its side."""
    spans = summary.recognised.spans if summary.recognised is not None and not summary.recognised.unsure else []
    side = next((span.side for span in spans if not span.folder), None) if options.side == "auto" else options.side
    return _checker(open_track(folder / "poses.parquet"), load_movement(folder / "movement.toml"), side, options)


def _checker(track: Track, spec: Movement, side: str | None, options: CheckOptions) -> FormChecker:
    """Return a new checker for the poses of a track."""
    about = track.header
    return options.checker(spec, side, still=bool(about["still"]), pose_model=about["model"]["name"])


@cache
def _known() -> dict[str, Movement]:
    """Every movement of the catalogue; reading them takes longer than seeing a short recording."""
    return {one: load_movement(one) for one in catalogue()}


@contextmanager
def _kept_track(
    video: Path | Opened, options: CheckOptions, progress: Progress | None
) -> Iterator[tuple[Track, list[Span]]]:
    """See the recording once: the poses go to a track, and all movements watch."""
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        private = Path(folder)
        # the pose model is free for others, and its memory with it, before the judging begins
        with seen(video, movement=None, fps=options.fps, engine=options.engine) as recording:
            known = options.timed("measure", _known)()
            recogniser = Recogniser(known.values(), still=recording.still, pose_model=recording.pose_model)
            frames = 0
            with told(private.parent), TrackWriter(private / "poses.parquet", recording.header) as writer:
                keep, watch = options.timed("write", writer.write), options.timed("measure", recogniser.step)
                for frames, pose in enumerate(recording, start=1):
                    keep(pose)
                    watch(pose)
                    if progress is not None:
                        progress(frames, int(max(frames, recording.expected) / _WATCHING_SHARE) + 1)
            tell_all(recording, options.tell)
        track = open_track(private / "poses.parquet")
        # what is known of a recording only at its end, such as the true number of frames, is in the header by now
        track.header.update(recording.header)
        yield track, options.timed("measure", recogniser.spans)()
        if progress is not None:
            progress(frames, frames)


def _check_span(
    track: Track, span: Span, folder: Path | None, options: CheckOptions, about: RecognisedRecord | None, *, whole: bool
) -> RunSummary:
    """Judge one span of the track as its movement."""
    if folder is not None:
        folder.mkdir(exist_ok=True)
    spec = _known()[span.movement]
    side = options.side if options.side != "auto" else span.side
    judge = _checker(track, spec, side, options)
    poses = iter(track) if whole else _between(track, span.from_s, span.to_s)
    judged = options.timed("write", judge_poses)
    summary = judged(_again(track, poses), judge, spec, folder, None, files=options.files)
    summary = summary.model_copy(update={"recognised": about})
    write_result(folder, summary, movement_bytes(span.movement))
    return summary


def _again(track: Track, poses: Iterator[PoseFrame]) -> Seen:
    """The kept poses, or some of them, as a recording."""
    return Seen(lambda: track.header, track.frames, poses, still=bool(track.header["still"]))


def _between(track: Track, from_s: float, to_s: float) -> Iterator[PoseFrame]:
    return (pose for pose in track if from_s <= pose.time_s <= to_s)


def _unsure(track: Track, spans: list[Span], folder: Path | None, options: CheckOptions) -> RunSummary:
    """Keep what was measured and say that the movement could not be told."""
    spec = unrecognised()
    judge = _checker(track, spec, None, CheckOptions(engine=options.engine))
    judged = options.timed("write", judge_poses)
    summary = judged(_again(track, iter(track)), judge, spec, folder, None, files=options.files)
    best = max((span.certainty for span in spans), default=0.0)
    about = RecognisedRecord(certainty=best, unsure=True, spans=[_record(span, "") for span in spans])
    why = UNSURE if summary.seen_share > 0 else summary.why
    summary = summary.model_copy(update={"recognised": about, "verdict": "cannot_tell", "why": why, "faults": []})
    write_result(folder, summary, movement_bytes("_unrecognised"))
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

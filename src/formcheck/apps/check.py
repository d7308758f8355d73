"""One recording → verdict and files: the review driver behind `formcheck check`, the app and Python."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import StoreError
from formcheck.core.measure import measure
from formcheck.core.movement import Movement, load_movement, movement_bytes
from formcheck.core.phases import holds_now
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side
from formcheck.core.smoothing import Smoother
from formcheck.core.summary import ModelRecord, RunSummary, SourceRecord, Summariser
from formcheck.core.view import near_side, near_vote
from formcheck.sinks.tables import FrameTable, MeasureTable
from formcheck.sources.mediapipe_pose import MAX_SIDE_PX, Choose, MediaPipePose, largest
from formcheck.sources.pose_bundle import find_pose_bundle
from formcheck.sources.prefetch import prefetch
from formcheck.sources.recorded import Track, TrackWriter, open_track
from formcheck.sources.video import open_video

Progress = Callable[[int, int], None]
"""Called with frames done and frames expected."""
ANNOTATED_SIDE_PX = 1280


class Seen:
    """The poses of one recording, from the pose model or from a saved track; iterate once.

    Attributes
    ----------
    header : what a replay needs to know: source, model, created_utc, still, warnings.
    expected : how many frames will come; may be an estimate.
    """

    def __init__(self, header: dict[str, Any], expected: int, poses: Iterator[PoseFrame]) -> None:
        self.header, self.expected, self._poses = header, expected, poses

    def __iter__(self) -> Iterator[PoseFrame]:
        return self._poses


def subject_chooser(movement: Movement | None) -> Choose:
    """Return the rule that picks the subject among several people: who looks most like doing this movement."""

    def likeness(pose: PoseFrame) -> float:
        assert movement is not None
        near = near_side(near_vote(pose.xyz_m))
        rough = measure(pose).rough
        met = [holds_now(c, rough, working=near, near=near) for c in movement.subject]
        return sum(met) / max(1, len(met))

    def choose(people: Sequence[PoseFrame]) -> int:
        scores = [likeness(p) for p in people]
        best = [i for i, s in enumerate(scores) if s == max(scores)]
        return best[0] if len(best) == 1 else largest(people)

    return largest if movement is None or not movement.subject else choose


@contextmanager
def seen(path: Path, *, movement: Movement | None, pose_model: str, fps: float | None) -> Iterator[Seen]:
    """Open a recording, photograph, folder of pictures or saved pose track, and find the person in it."""
    if path.suffix == ".parquet":
        track: Track = open_track(path)
        yield Seen(track.header, track.frames, iter(track))
        return
    with ExitStack() as stack:
        video = stack.enter_context(open_video(path, fps=fps, max_side_px=MAX_SIDE_PX))
        bundle = find_pose_bundle(pose_model)
        size_px = (video.info.width, video.info.height)
        model = stack.enter_context(
            MediaPipePose(bundle, still=video.is_picture, choose=subject_chooser(movement), size_px=size_px)
        )
        header: dict[str, Any] = {
            "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": {"name": bundle.name, "sha256": bundle.sha256},
            "still": video.is_picture,
        }
        frames = prefetch(video)
        stack.callback(frames.close)  # type: ignore[attr-defined]
        # Decoding, pose model and judging run beside each other: two threads ahead of this one.
        poses = prefetch(model.estimate(frame) for frame in frames)
        stack.callback(poses.close)  # type: ignore[attr-defined]
        header["source"] = {
            "name": video.info.name,
            "sha256": video.info.sha256,
            "width": video.info.width,
            "height": video.info.height,
            "fps": round(video.info.fps, 3),
            "duration_s": round(video.info.duration_s, 3),
            "frames": video.info.frames,
        }
        yield Seen(header, video.expected_frames, poses)


def check_recording(
    video: Path,
    *,
    movement: str | Path | Movement,
    side: str = "auto",
    calibration: Path | None = None,
    pose_model: str = "full",
    fps: float | None = None,
    out: Path | None = None,
    annotate: bool = False,
    keep_neutral: Path | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Check one recording and return its summary.

    Parameters
    ----------
    video : video file, photograph, folder of pictures, or a saved pose track.
    movement : id of the catalogue, TOML file, or a loaded movement.
    side : working side: left, right or auto.
    calibration : the person's own neutral back, as `keep_neutral` writes it.
    fps : analyse so many frames per second; None = all.
    out : folder for summary.json, frames.parquet, poses.parquet, movement.toml (and annotated.mp4).
    annotate : draw the verdict onto the video as well.
    keep_neutral : file that takes the neutral back seen at the start of this recording.

    Raises
    ------
    FormCheckError
        With one line that says what was expected, what came and what to do; nothing is left half-written.
    """
    spec = movement if isinstance(movement, Movement) else load_movement(movement)
    own = load_calibration(calibration) if calibration else None
    working: Side | None = side if side in ("left", "right") else None  # type: ignore[assignment]

    def checker(still: bool) -> FormChecker:
        return FormChecker(spec, calibration=own, side=working, still=still)

    with staged(out) as folder, seen(video, movement=spec, pose_model=pose_model, fps=fps) as recording:
        judge = checker(bool(recording.header["still"]))
        summary = _judge(recording, judge, spec, folder, progress)
        if folder is not None:
            (folder / "movement.toml").write_bytes(movement_bytes(movement) if not isinstance(movement, Movement) else b"")
            (folder / "summary.json").write_text(summary.model_dump_json(indent=1) + "\n", "utf-8")
            if annotate:
                _annotate(video, folder, checker(bool(recording.header["still"])), spec, progress)
    if keep_neutral is not None:
        _keep_neutral(keep_neutral, judge, spec)
    return summary


def _judge(recording: Seen, judge: FormChecker, spec: Movement, folder: Path | None, progress: Progress | None) -> RunSummary:
    gathered = Summariser(spec)
    with ExitStack() as stack:
        track = stack.enter_context(TrackWriter(folder / "poses.parquet", recording.header)) if folder else None
        table = stack.enter_context(FrameTable(folder / "frames.parquet")) if folder else None

        def kept() -> Iterator[PoseFrame]:
            for done, pose in enumerate(recording, start=1):
                if track is not None:
                    track.write(pose)
                if progress is not None:
                    progress(done, max(done, recording.expected))
                yield pose

        for result in run(kept(), judge):
            gathered.add(result)
            if table is not None:
                table.write(result)
    header = recording.header
    return gathered.summary(
        source=SourceRecord(**header["source"]),
        model=ModelRecord(**header["model"]),
        formcheck_version=version("formcheck"),
        created_utc=header["created_utc"],
    )


def _annotate(video: Path, folder: Path, judge: FormChecker, spec: Movement, progress: Progress | None) -> None:
    """Draw the verdict in a second pass over the recording: the saved track is replayed beside it."""
    from formcheck.sinks.overlay import draw_overlay
    from formcheck.sinks.video_writer import VideoWriter

    track = open_track(folder / "poses.parquet")
    results: Iterator[StepResult] = run(track, judge)
    result = next(results, None)
    with open_video(video, max_side_px=ANNOTATED_SIDE_PX) as frames, ExitStack() as stack:
        writer = None
        for done, frame in enumerate(prefetch(frames), start=1):
            if result is None or abs(result.pose.time_s - frame.time_s) > 1e-6:
                continue
            picture = draw_overlay(frame.image, result, spec)
            if writer is None:
                size_px = (picture.shape[1], picture.shape[0])
                rate = frames.info.fps or 1.0
                writer = stack.enter_context(VideoWriter(folder / "annotated.mp4", fps=rate, size_px=size_px))
            writer.write(picture, frame.time_s)
            result = next(results, None)
            if progress is not None:
                progress(done, max(done, track.frames))


def _keep_neutral(path: Path, judge: FormChecker, spec: Movement) -> None:
    if judge.neutral is None:
        raise StoreError(
            f"{path.name}: expected a quiet, plausible start posture to keep, got none; stand or sit tall and still for a second first"
        )
    kept = Calibration(neutral={spec.posture: [round(float(x), 5) for x in judge.neutral]})
    with one_file(path) as part:
        part.write_text(kept.model_dump_json(indent=1) + "\n", "utf-8")


def measure_recording(
    video: Path, *, out: Path, pose_model: str = "full", fps: float | None = None, progress: Progress | None = None
) -> int:
    """Write every measurement of every frame to a Parquet file; return the number of frames."""
    done = 0
    with one_file(out) as part, seen(video, movement=None, pose_model=pose_model, fps=fps) as recording, MeasureTable(part) as table:
        smoother = Smoother()
        for pose in recording:
            steady = smoother.step(pose)
            table.write(measure(steady, yaw_deg=smoother.yaw_deg))
            done += 1
            if progress is not None:
                progress(done, max(done, recording.expected))
    return done


# -- whole files or none ---------------------------------------------------------------------------


@contextmanager
def staged(out: Path | None) -> Iterator[Path | None]:
    """Give a folder to write into, whose files move to `out` once all of them are whole; None for none."""
    if out is None:
        yield None
        return
    with _told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists() and not out.is_dir():
            raise StoreError(f"{out.name}: expected a folder for the results, got a file; choose another name")
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
        try:
            yield part
            out.mkdir(exist_ok=True)
            # the summary comes last: where it stands, everything else stands too
            for file in sorted(part.iterdir(), key=lambda f: f.name == "summary.json"):
                os.replace(file, out / file.name)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def one_file(path: Path) -> Iterator[Path]:
    """Give a name to write to; the file takes its place once it is whole."""
    part = path.with_name(f".{path.name}.part")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system says about a place that cannot be written into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreError(f"{path.name}: expected room for the results, got a full disk; free some space and run again") from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise StoreError(f"{path.name}: expected a place to write to, got: {error.strerror}; choose another with --out") from None
        raise

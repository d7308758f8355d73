"""A recording and the person in it: poses from the pose model, or from a saved track."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from formcheck.core.measure import measure
from formcheck.core.movement import Movement
from formcheck.core.records import PoseFrame
from formcheck.core.start import holds_now
from formcheck.core.view import near_side, near_vote
from formcheck.sources.mediapipe_pose import MAX_SIDE_PX, Choose, MediaPipePose, largest
from formcheck.sources.pose_bundle import find_pose_bundle
from formcheck.sources.prefetch import prefetch
from formcheck.sources.recorded import Track, open_track
from formcheck.sources.video import Video, open_video

Tell = Callable[[str], None]
"""Called with each thing that was wrong with a recording which could be read all the same."""


class Seen:
    """The poses of one recording, from the pose model or from a saved track; iterate once.

    Attributes
    ----------
    header : what a replay needs to know: source, model, created_utc, still.
    expected : how many frames will come; may be an estimate.
    """

    def __init__(
        self, header: dict[str, Any], expected: int, poses: Iterator[PoseFrame], video: Video | None = None
    ) -> None:
        self.header, self.expected, self._poses, self._video = header, expected, poses, video

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the recording though it could be read; complete after the last frame."""
        return self._video.warnings if self._video is not None else ()

    def __iter__(self) -> Iterator[PoseFrame]:
        return self._poses


def subject_chooser(movement: Movement | None) -> Choose:
    """Return the rule that picks the subject among several people: who looks most like doing this movement."""
    conditions = movement.subject if movement is not None else []

    def likeness(pose: PoseFrame) -> float:
        near = near_side(near_vote(pose.xyz_m))
        rough = measure(pose).rough
        met = [holds_now(c, rough, working=near, near=near) for c in conditions]
        return sum(met) / max(1, len(met))

    def choose(people: Sequence[PoseFrame]) -> int:
        scores = [likeness(p) for p in people]
        best = [i for i, s in enumerate(scores) if s == max(scores)]
        return best[0] if len(best) == 1 else largest(people)

    return choose if conditions else largest


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
        yield Seen(header, video.expected_frames, poses, video)


def tell_all(recording: Seen, tell: Tell | None) -> None:
    """Tell what was wrong with a recording that could be read."""
    if tell is not None:
        for warning in recording.warnings:
            tell(warning)

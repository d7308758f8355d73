"""Does an hour of video need more memory than a minute?

    python -m benchmarks.speed.memory CLIP [--minutes 60] [--real 0]

A clip is decoded again and again with rising time stamps and checked as one long recording, with all result files.
The poses come from a saved track of the clip, so that an hour is done in minutes; `--real N` then runs the true pose
model over N minutes as well. Printed is the memory of this process after every ten minutes of the recording (at least
five times), and its peak.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

import psutil

from formcheck.core.records import Frame, PoseFrame
from formcheck.drivers.recording import check as checking
from formcheck.drivers.recording import open_recording, process_engine
from formcheck.sources.pose.models import PoseModel
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX
from formcheck.sources.pose_track import Track, open_track
from formcheck.sources.video import Video, VideoInfo, open_video

LIMIT_MB = 500
EVERY_MIN = 10.0
_MB = 1 << 20


class LoopedVideo:
    """A clip that is shown again and again until a time is reached; stands in for a decoding child."""

    is_picture = False
    warnings = ()

    def __init__(self, clip: Path, minutes: float, **options: Any) -> None:
        self._video: Video = open_video(clip, **options)
        info = self._video.info
        self._until_s, self._period_s = 60 * minutes, 1 / info.fps
        frames = round(self._until_s * info.fps)
        self.info = VideoInfo(info.name, info.sha256, info.width, info.height, info.fps, self._until_s, frames)
        self.expected_frames = frames

    def __iter__(self) -> Iterator[Frame]:
        index, start_s, time_s = 0, 0.0, 0.0
        while True:
            for frame in self._video:
                time_s = start_s + frame.time_s
                if time_s >= self._until_s:
                    return
                yield Frame(index, time_s, frame.image)
                index += 1
            start_s = time_s + self._period_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._video.close()


class TrackPose:
    """Gives the poses of a saved track, over and over; stands in for `SubjectPose`."""

    def __init__(self, track: Track) -> None:
        self._poses = list(track)

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the pose of the frame that this one repeats."""
        return dataclasses.replace(self._poses[frame.index % len(self._poses)], time_s=frame.time_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


class TrackEngine:
    """Stands in for a pose engine: whatever it follows, the poses are those of a track."""

    name = "direct"

    def __init__(self, track: Track) -> None:
        self._track = track
        seen = track.header["model"]
        self.model = PoseModel(seen["name"], seen["sha256"], b"", b"")

    def follow(self, **_: Any) -> TrackPose:
        """Return what gives the poses."""
        return TrackPose(self._track)

    def close(self) -> None:
        """Close nothing: there is no model."""


class Memory:
    """Watches how much memory this process holds; its peak is looked for ten times a second."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.peak_mb = 0.0
        self._stop = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            self.peak_mb = max(self.peak_mb, self.now_mb())

    def now_mb(self) -> float:
        """Return what is held now, MB."""
        return self._process.memory_info().rss / _MB

    def reporter(self, fps: float, every_min: float) -> Callable[[int, int], None]:
        """Return a progress function that prints the memory at regular minutes of the recording."""
        every = round(60 * fps * every_min)

        def report(done: int, _: int) -> None:
            if done % every == 0:
                print(
                    f"  {done / fps / 60:5.1f} min   {self.now_mb():5.0f} MB   peak {self.peak_mb:5.0f} MB", flush=True
                )

        return report

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()


def main() -> None:
    """Print the memory over a long recording."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0, help="length with poses from a track; 0 = not at all")
    parser.add_argument("--real", type=float, default=0.0, help="length with the true pose model")
    parser.add_argument("--movement", default="hamstring_hinge_standing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result"
        if options.minutes:
            make_track(options.clip, options.movement, out)
            print(f"{options.clip.name}, poses from its track, {options.minutes:g} min")
            engine = TrackEngine(open_track(out / "poses.parquet"))
            with mock.patch.object(process_engine, "open_engine", return_value=engine):
                long_check(options.clip, options.movement, options.minutes, out)
        if options.real:
            print(f"{options.clip.name}, true pose model, {options.real:g} min")
            long_check(options.clip, options.movement, options.real, out)


def make_track(clip: Path, movement: str, out: Path) -> None:
    """Check a clip in another process: what that leaves in memory is not counted here."""
    command = [
        sys.executable,
        "-m",
        "formcheck.apps.cli",
        "check",
        str(clip),
        "--movement",
        movement,
        "--out",
        str(out),
    ]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def long_check(clip: Path, movement: str, minutes: float, out: Path) -> None:
    """Check a clip as a recording of this many minutes, and print its memory."""
    with open_video(clip) as video:
        fps = video.info.fps
    memory = Memory()
    report = memory.reporter(fps, min(EVERY_MIN, minutes / 5))

    def open_looped(place: Path, *_: Any, **__: Any) -> LoopedVideo:
        return LoopedVideo(place, minutes, max_side_px=MAX_PICTURE_SIDE_PX)

    with mock.patch.object(open_recording, "_open_pictures", open_looped):
        checking.check_recording(clip, movement=movement, out=out, progress=report)
    memory.stop()
    verdict = "below" if memory.peak_mb < LIMIT_MB else "NOT below"
    print(f"  peak {memory.peak_mb:.0f} MB: {verdict} {LIMIT_MB} MB", flush=True)


if __name__ == "__main__":
    main()

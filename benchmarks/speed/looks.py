"""How many looks and masks does a recording get, and how far is a carried contour from a traced one?

    python -m benchmarks.speed.looks CLIP …

For each recording, with `--fps auto`: the share of its frames that get a pose, that are looked at, and the share of
looks with a mask. Then, with every frame and its mask: how far the contours that would be carried along lie from those
that are traced in the same picture, in percent of the trunk (median, 90 %, 99 %).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from formcheck.drivers.recording.open_recording import open_recording
from formcheck.drivers.recording.pose_stream import open_poses
from formcheck.drivers.recording.process_engine import ProcessEngine
from formcheck.sources.pose.people import Found, find_trunk
from formcheck.sources.pose.subject import SubjectPose, reduce_picture
from formcheck.sources.video import open_video

MOST_FRAMES = 400


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    clips = parser.parse_args().clips
    print("| recording | frames | poses | looks | masks of looks | carried contours off, % of trunk |")
    print("|---|---|---|---|---|---|")
    with ProcessEngine() as engine:
        for clip in clips:
            frames, poses, masks = count_looks(clip, engine)
            off = measure_carried(clip, engine)
            far = ", ".join(f"{100 * share:.2f}" for share in np.nanpercentile(off, [50, 90, 99])) if off else "none"
            shares = f"{poses / frames:.2f} | {len(masks) / frames:.2f} | {np.mean(masks or [0]):.2f}"
            print(f"| {clip.stem} | {frames} | {shares} | {far} |", flush=True)


def count_looks(clip: Path, engine: ProcessEngine) -> tuple[int, int, list[bool]]:
    """Return the number of frames and of poses with `--fps auto`, and for each look whether it had a mask."""
    masks: list[bool] = []
    asked = SubjectPose._needs_mask

    def note(subject: SubjectPose, time_s: float) -> bool:
        masks.append(asked(subject, time_s))
        return masks[-1]

    with mock.patch.object(SubjectPose, "_needs_mask", note), open_recording(clip, fps="auto") as one:
        with open_poses(one, movement=None, engine=engine) as stream:
            poses = sum(1 for _ in stream)
        return one.source()["frames"], poses, masks


def measure_carried(clip: Path, engine: ProcessEngine) -> list[float]:
    """Return the distances of carried contours from traced ones, in trunk lengths; every frame gets a mask."""
    off: list[float] = []
    with open_video(clip, max_side_px=640) as video:
        subject = engine.follow(size_px=(video.info.width, video.info.height))
        look, carry, image = subject._looks.follow, subject._resting.carry, np.zeros((1, 1, 3), np.uint8)

        def follow(picture: NDArray[np.uint8], time_s: float, **_: Any) -> Found | None:
            return look(picture, time_s, mask=True)

        def compare(found: Found) -> NDArray[np.float64]:
            carried, traced = carry(found), subject._contour(found, image)
            away_px = np.hypot(*(carried - traced).T)
            if np.isfinite(away_px).any():
                off.append(float(np.nanmedian(away_px)) / float(np.hypot(*find_trunk(found.xy_px)[1])))
            return carried

        subject._looks.follow = follow  # type: ignore[method-assign]
        subject._resting.carry = compare  # type: ignore[method-assign]
        for frame in video:
            image = reduce_picture(frame.image)
            subject.estimate(frame)
            if frame.index >= MOST_FRAMES:
                break
    return off


if __name__ == "__main__":
    main()

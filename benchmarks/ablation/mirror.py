"""What the pose model sees in the mirrored pictures of clips: how far it disagrees with itself.

    python -m benchmarks.ablation.mirror FOLDER RESULTS [--only TEXT]

RESULTS holds the results of the clips in FOLDER, as `benchmarks.accuracy FOLDER --out RESULTS` keeps them. Every clip
is looked at once more with left and right exchanged; the poses, mirrored back, are kept as `mirrored.parquet` next to
those of the clip itself. `benchmarks.ablation` compares the two.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.accuracy.clips import FOR_NOBODY, SetError, find_clips
from formcheck.core.errors import FormCheckError
from formcheck.core.movement.load import load_movement
from formcheck.core.records import Frame
from formcheck.drivers.recording.pose_stream import make_subject_chooser
from formcheck.sources.pose.engine import PoseEngine, open_engine
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX
from formcheck.sources.pose_track import TrackWriter, open_track
from formcheck.sources.video import open_video

from .__main__ import MIRRORED


def main(words: Sequence[str] | None = None) -> int:
    """Look at every clip that has results; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="clips with their truth")
    parser.add_argument("results", type=Path, help="their results, with poses.parquet")
    parser.add_argument("--only", default="", metavar="TEXT", help="only clips whose name contains it (several: a,b)")
    options = parser.parse_args(words)
    try:
        clips, _ = find_clips(options.folder, [part for part in options.only.split(",") if part])
        for number, clip in enumerate(clips, start=1):
            look(clip, options.results / clip.stem)
            print(f"{number}/{len(clips)} {clip.stem}", file=sys.stderr, flush=True)
    except (SetError, FormCheckError) as error:
        print(*(f"mirror: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 2
    return 0


def look(clip: Path, folder: Path) -> None:
    """Keep the poses of the mirrored pictures of a clip next to those of the pictures themselves."""
    header = open_track(folder / "poses.parquet").header
    movement = load_movement(json.loads(clip.with_suffix(".json").read_text("utf-8"))["movement"] or FOR_NOBODY)
    with ExitStack() as stack:
        video = stack.enter_context(open_video(clip, max_side_px=MAX_PICTURE_SIDE_PX))
        size_px, choose = (video.info.width, video.info.height), make_subject_chooser(movement)
        engine = opened(header["model"].get("engine") or "auto", header["model"]["name"])
        model = stack.enter_context(engine.follow(still=video.is_picture, choose=choose, size_px=size_px))
        track = stack.enter_context(TrackWriter(folder / MIRRORED, header))
        for frame in video:
            track.write(model.estimate(mirrored(frame)).mirrored())


@cache
def opened(engine: str, pose_model: str) -> PoseEngine:
    """Return the engine that a clip was seen with, opened once for all clips."""
    return open_engine(engine, pose_model)


def mirrored(frame: Frame) -> Frame:
    """Return a frame with left and right exchanged."""
    return replace(frame, image=np.ascontiguousarray(frame.image[:, ::-1]))


if __name__ == "__main__":
    sys.exit(main())

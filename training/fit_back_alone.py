"""Learn the bend of the back from its contour alone: ``python -m training.fit_back_alone DEV``.

A plain, strongly shrunk straight line (ridge regression) on the contour, for people whose own neutral back is not
known. It learns the pictures less well than small networks do, and real people better (`README.md`). DEV is a folder
of `training.postures`; the joints are corrected with the networks that formcheck uses, which have not seen the people.
Only numpy is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure import back
from formcheck.core.measure.camera_view import camera_yaw_deg, find_near_side, near_vote
from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.measure.joint_correction import Corrector
from formcheck.core.records import CameraView

from .samples import Sample, read_people

Array = NDArray[np.float64]
CORE = Path(__file__).resolve().parent.parent / "src" / "formcheck" / "core" / "measure"
SHRINKAGE = 0.3
"""Penalty on the squared weights, in shares of what one standardised sample of the contour explains."""
MAX_YAW_DEG = 35.0
PARTS = 5
"""One line is learned without each fifth of the people; how far the lines disagree is the doubt."""


def read_contour(sample: Sample) -> Array | None:
    """Return the contour (33,) of one picture as formcheck reads it; None if the edge cannot be read."""
    pose = sample.pose
    axis, near = find_trunk_axis(pose.xy_px, pose.xyz_m), find_near_side(near_vote(pose.xyz_m))
    if axis is None or near is None or not axis.sure:
        return None
    if back.explain_spoilt(back.contour_offsets(pose.back_xy_px, axis)):
        return None
    votes, yaw_deg = axis.signed_votes, camera_yaw_deg(pose.xyz_m)
    joints = Corrector("full").step(pose, CameraView(yaw_deg, near, votes))
    corrected = find_trunk_axis(joints.xy_px, pose.xyz_m, steady_votes=votes) or axis
    return back.sample_contour(back.smooth_offsets(back.contour_from(pose.back_xy_px, corrected)))


def read_rows(samples: Iterable[Sample]) -> tuple[Array, Array, NDArray[np.str_]]:
    """Return contours (n, 33), true bends (n,) in degrees and people (n,) of the pictures seen from the side."""
    rows = [
        (contour, s.spine_deg, s.person)
        for s in samples
        if s.yaw_deg < MAX_YAW_DEG and (contour := read_contour(s)) is not None
    ]
    contours, bends, people = zip(*rows, strict=True)
    return np.stack(contours), np.array(bends), np.array(people)


def fit_line(x: Array, y: Array, shrinkage: float = SHRINKAGE) -> dict[str, Array]:
    """Return mean, scale, weights `w0` and offset `b0` of a ridge regression."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 0.01
    z = (x - mean) / scale
    weights = np.linalg.solve(z.T @ z / len(z) + shrinkage * np.eye(z.shape[1]), z.T @ (y - y.mean()) / len(z))
    return {"mean": mean, "scale": scale, "w0": weights[:, None], "b0": np.array([y.mean()])}


def fit_lines(x: Array, y: Array, people: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return `PARTS` lines, each learned without a part of the people, as `networks.load_networks` reads them."""
    names = np.unique(people)
    part = dict(zip(names, np.arange(len(names)) % PARTS, strict=True))
    fold = np.array([part[name] for name in people])
    lines = [fit_line(x[fold != k], y[fold != k]) for k in range(PARTS)]
    stacked = {f"no_neutral.{key}": np.stack([line[key] for line in lines]).astype(np.float32) for key in lines[0]}
    return stacked | {"no_neutral.unit": np.array(1.0, np.float32)}


def write_lines(lines: dict[str, NDArray[Any]], path: Path) -> str:
    """Write the lines to a file; return its sha256. The same lines give the same bytes."""
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **lines)  # type: ignore[arg-type]
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training.fit_back_alone", description=__doc__)
    parser.add_argument("dev", type=Path)
    x, y, people = read_rows(read_people(parser.parse_args().dev / "full"))
    sha256 = write_lines(fit_lines(x, y, people), CORE / back.ALONE_MODEL)
    module = CORE / "back.py"
    text = module.read_text("utf-8")
    module.write_text(re.sub(r'(ALONE_MODEL_SHA256 = )"[0-9a-f]*"', rf'\1"{sha256}"', text), "utf-8")
    print(f"{len(y)} pictures of {len(np.unique(people))} people: {sha256}")


if __name__ == "__main__":
    main()

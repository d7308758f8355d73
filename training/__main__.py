"""Learn everything again: ``python -m training DEV HELD [--pose-model heavy]``.

DEV and HELD are folders of `training.postures`, of the two worlds, whose people, clothes and rooms differ. Networks
learn from DEV; the uncertainties are fitted on HELD, whom no network has seen. Everything is judged on recordings, by
`benchmarks.accuracy`.

"full" is learned from nothing. What another pose network needs is learned from fewer people, going on from what "full"
needs; it shares the networks of the back with "full".
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

from formcheck.core.measure import back, joint_correction
from formcheck.core.measure.networks import DEFAULT_NETWORK, NETWORKS, name_network_file

from . import fit_back, fit_joints, fit_uncertainty
from .fit_joints import FEW
from .samples import Sample, read_people
from .save import load, save

CORE = Path(__file__).resolve().parent.parent / "src" / "formcheck" / "core" / "measure"
JOINTS, BACK, UNCERTAINTY = "joints_model.npz", "back_model.npz", "uncertainty.json"


def read(folder: Path) -> list[Sample]:
    """Return every picture of a folder."""
    return list(read_people(folder))


def points_of(rows: dict[str, Any], points: Any) -> dict[int, Any]:
    """Return id of a sample -> its joints, of the pictures that are no mirror images."""
    return {i: p for i, p, mirror in zip(rows["sample"], points, rows["mirror"], strict=True) if not mirror}


def stamp(module: str, old: str, new: str) -> None:
    """Write the checksum of a model into the module that reads it.

    Parameters
    ----------
    old : pattern of what stands before the checksum.
    """
    path = CORE / module
    text = path.read_text("utf-8")
    path.write_text(re.sub(rf'({old})"[0-9a-f]*"', rf'\1"{new}"', text), "utf-8")


def learn_joints(dev: list[Sample], network: str) -> dict[int, Any]:
    """Learn where the joints are, write it into the core; return id of a sample -> joints by who has not seen them."""
    rows = fit_joints.rows_of(dev)
    fold = fit_joints.folds_of(rows["person"], 5)
    if network == DEFAULT_NETWORK:
        nets, points = fit_joints.learn(rows)
        yaws, _ = fit_back.learn(rows["x"], rows["yaw"], fold, width=48, epochs=25)
    else:
        before = [load(CORE / JOINTS, name, make) for name, make in (("joints", new_joints), ("yaw", new_yaw))]
        nets, points = fit_joints.learn(rows, starts=before[0], **FEW)
        yaws, _ = fit_back.learn(rows["x"], rows["yaw"], fold, starts=before[1], **FEW)
    sha256 = save({"joints": nets, "yaw": yaws}, CORE / name_network_file(JOINTS, network))
    stamp("correction.py", f'"{network}": ', sha256)
    joint_correction.JOINT_MODEL_SHA256[network] = sha256  # the bands are fitted in this same process
    return points_of(rows, points)


def learn_back(dev: list[Sample], points: dict[int, Any]) -> None:
    """Learn how the back is bent against the own neutral, and write it into the core."""
    backs = fit_back.rows_of(dev, points)
    use = backs["yaw"] < 35
    backs = {k: v[use] for k, v in backs.items()}
    fold = fit_joints.folds_of(backs["person"], 5)
    own, _ = fit_back.learn(backs["own"], backs["bend"], fold)
    back.BACK_MODEL_SHA256 = save({"own_neutral": own}, CORE / BACK)
    stamp("back.py", "BACK_MODEL_SHA256 = ", back.BACK_MODEL_SHA256)


def new_joints(mean: Any, scale: Any, width: int) -> fit_joints.Net:
    """Return a network for joints."""
    return fit_joints.Net(len(mean), mean, scale, width)


def new_yaw(mean: Any, scale: Any, width: int) -> fit_back.BackNet:
    """Return a network for the yaw."""
    return fit_back.BackNet(mean, scale, width)


def fit_bands(held: Path, network: str) -> None:
    """Fit the uncertainties, and write them into the core."""
    samples, path = read(held / network), CORE / name_network_file(UNCERTAINTY, network)
    if not path.exists():  # a table must be there while errors are measured; what it says does not matter
        shutil.copy(CORE / UNCERTAINTY, path)
    if network == DEFAULT_NETWORK:
        table = fit_uncertainty.table(samples)
    else:
        old = json.loads((CORE / UNCERTAINTY).read_text("utf-8"))
        table = fit_uncertainty.table_beside_full(read(held / DEFAULT_NETWORK), samples, network, old)
    text = "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}\n"
    path.write_text(text, "utf-8")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("dev", type=Path)
    parser.add_argument("held", type=Path)
    parser.add_argument("--pose-model", choices=NETWORKS, default=DEFAULT_NETWORK)
    parser.add_argument("--only", choices=("models", "uncertainty"))
    args = parser.parse_args()
    if args.only != "uncertainty":
        dev = read(args.dev / args.pose_model)
        points = learn_joints(dev, args.pose_model)
        if args.pose_model == DEFAULT_NETWORK:
            learn_back(dev, points)
    if args.only != "models":
        fit_bands(args.held, args.pose_model)


if __name__ == "__main__":
    main()

"""Learn everything anew: ``python -m training DEV HELD ``.

DEV and HELD are folders of `training.postures`, of the two worlds, whose people, clothes and rooms differ. Networks
learn from DEV; the uncertainties are fitted on HELD, whom no network has seen. Everything is judged on recordings, by
`benchmarks/accuracy.py`.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from . import fit_back, fit_joints, fit_uncertainty
from .samples import Sample, read_people
from .save import save

CORE = Path(__file__).resolve().parent.parent / "src" / "formcheck" / "core"


def read(folder: Path) -> list[Sample]:
    """Return every picture of a folder."""
    return list(read_people(folder))


def points_of(rows: dict[str, Any], points: Any) -> dict[int, Any]:
    """Return id of a sample -> its joints, of the pictures that are no mirror images."""
    return {i: p for i, p, mirror in zip(rows["sample"], points, rows["mirror"], strict=True) if not mirror}


def stamp(module: str, sha256: str) -> None:
    """Write the checksum of a model into the module that reads it."""
    path = CORE / module
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'MODEL_SHA256 = ".*"', f'MODEL_SHA256 = "{sha256}"', text), "utf-8")


def learn_models(dev: list[Sample]) -> None:
    """Learn where the joints are and how the back is bent, and write both into the core."""
    rows = fit_joints.rows_of(dev)
    nets, points = fit_joints.learn(rows)
    fold = fit_joints.folds_of(rows["person"], 5)
    yaws, _ = fit_back.learn(rows["x"], rows["yaw"], fold, width=48, epochs=25)
    stamp("correction.py", save({"joints": nets, "yaw": yaws}, CORE / "joints_model.npz"))
    backs = fit_back.rows_of(dev, points_of(rows, points))
    use = backs["yaw"] < 35
    backs = {k: v[use] for k, v in backs.items()}
    fold = fit_joints.folds_of(backs["person"], 5)
    own, _ = fit_back.learn(backs["own"], backs["bend"], fold)
    alone, _ = fit_back.learn(backs["alone"], backs["absolute"], fold)
    stamp("back.py", save({"own_neutral": own, "no_neutral": alone}, CORE / "back_model.npz"))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("dev", type=Path)
    parser.add_argument("held", type=Path)
    parser.add_argument("--only", choices=("models", "uncertainty"))
    args = parser.parse_args()
    if args.only != "uncertainty":
        learn_models(read(args.dev))
    if args.only != "models":
        held = read(args.held)
        table = fit_uncertainty.table(held)
        text = "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}\n"
        (CORE / "uncertainty.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()

"""What was tried, on the same people: ``python -m training.compare DEV`` prints the tables of `README.md`.

Every row is judged on people it was not learned from; "left out" also on a posture it was not learned from.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import fit_back, fit_joints
from .samples import read_people

Array = NDArray[np.float64]
FAMILIES = {
    "all fours": ("cat_cow", "bird_dog"),
    "on the back": (
        "glute_bridge", "knee_to_chest_single", "knees_to_chest", "partial_crunch", "pelvic_tilt_supine",
        "figure_four_supine", "hamstring_doorway_supine", "plough", "knee_to_opposite_shoulder",
    ),
    "face down": ("cobra", "plank"),
    "standing": ("hamstring_hinge_standing", "chair_back_stretch", "quadriceps_stretch", "warmup_march"),
    "sitting": ("seated_forward_bend", "desk_posture", "desk_microbreak"),
    "kneeling": ("childs_pose", "kneeling_hip_flexor"),
}  # fmt: skip
NEAR_SIDE_DEG, BACK_YAW_DEG = 15, 30
Learner = Callable[[Array, Array], Callable[[Array], Array]]


def family_of(movements: Array) -> Array:
    """Return the posture family of each row's movement."""
    names = {m: f for f, ms in FAMILIES.items() for m in ms}
    return np.array([names.get(m, "other") for m in movements])


# Joints ---------------------------------------------------------------------------------------------------------------


def joint_rows(rows: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    """Yield a name and where it puts the joints of every row."""
    yield "pose model", rows["raw"]
    fold = fit_joints.folds_of(rows["person"], 5)
    moved = np.array(rows["raw"])
    for k in range(5):
        shift = np.median((rows["y"] - rows["raw"])[fold != k], axis=0)
        moved[fold == k] += shift
    yield "+ a constant for each joint", moved
    yield "+ networks", fit_joints.learn(rows)[1]
    left_out = np.array(rows["raw"])
    family = family_of(rows["movement"])
    for name in np.unique(family):
        mine = family == name
        net = fit_joints.train(rows, ~mine)
        left_out[mine] = fit_joints.predict([net], {k: v[mine] for k, v in rows.items()})
    yield "+ a network that never saw the posture", left_out


def print_joints(rows: dict[str, Any]) -> dict[str, Array]:
    """Print the mean absolute errors of the near side, degrees; return where the networks put the joints."""
    print("| | knee | elbow | shoulder-hip-knee | trunk |\n| --- | --- | --- | --- | --- |")
    use, out = rows["yaw"] <= NEAR_SIDE_DEG, {}
    for name, points in joint_rows(rows):
        errors = fit_joints.errors(rows, points)
        near = [np.abs(e[:, 0] if e.ndim > 1 else e)[use].mean() for e in errors.values()]
        print(f"| {name} |", " | ".join(f"{v:.1f}" for v in near), "|", flush=True)
        out[name] = points
    return out


# The back -------------------------------------------------------------------------------------------------------------


def straight_line(x: Array, y: Array) -> Callable[[Array], Array]:
    """Learn a ridge regression."""
    mean, scale = x.mean(0), x.std(0) + 0.01
    z = np.c_[(x - mean) / scale, np.ones(len(x))]
    w = np.linalg.solve(z.T @ z + 30 * np.eye(z.shape[1]), z.T @ y)
    return lambda new: np.asarray(np.c_[(new - mean) / scale, np.ones(len(new))] @ w)


def network(x: Array, y: Array) -> Callable[[Array], Array]:
    """Learn a small perceptron."""
    net = fit_back.train(x, y)
    return lambda new: fit_back.predict([net], new)


def crossed(x: Array, y: Array, groups: Array, learner: Learner) -> Array:
    """Return for every row the estimate of a model that has not seen its group."""
    out = np.empty(len(y))
    for name in np.unique(groups):
        out[groups == name] = learner(x[groups != name], y[groups != name])(x[groups == name])
    return out


def auc(more: Array, less: Array) -> float:
    """Return the share of pairs in which the first is larger."""
    order = np.argsort(np.argsort(np.r_[more, less]))
    return float((order[: len(more)].sum() - len(more) * (len(more) - 1) / 2) / (len(more) * len(less)))


def back_line(name: str, estimate: Array, truth: Array) -> str:
    """Return one row of the back's table."""
    neutral, rounded, hollow = np.abs(truth) <= 10, truth >= 30, truth <= -15
    error = np.abs(estimate - truth)
    aucs = auc(estimate[rounded], estimate[neutral]), auc(-estimate[hollow], -estimate[neutral])
    numbers = f"{error.mean():.1f}", f"{np.sqrt((error**2).mean()):.1f}", *(f"{value:.3f}" for value in aucs)
    return f"| {name} | {' | '.join(numbers)} |"


def print_back(rows: dict[str, Any], what: str) -> None:
    """Print how well each kind of input and of model tells the bend, with the own neutral and without."""
    use = rows["yaw"] < BACK_YAW_DEG
    rows = {k: v[use] for k, v in rows.items()}
    fold, family = fit_joints.folds_of(rows["person"], 5), family_of(rows["movement"])
    inputs = {"contour and neutral": slice(0, 66), "+ hip": slice(0, 67), "+ hip and trunk": slice(0, 71)}
    for same, called in ((False, "neutral: the start"), (True, "neutral: same posture")):
        u = rows["same"] == same
        for name, part in inputs.items():
            for kind, learner in (("line", straight_line), ("network", network)):
                estimate = crossed(rows["own"][:, part], rows["bend"], fold, learner)
                print(back_line(f"{what}, {called}: {name}, {kind}", estimate[u], rows["bend"][u]), flush=True)
        estimate = crossed(rows["own"], rows["bend"], family, network)
        print(back_line(f"{what}, {called}: + hip and trunk, network, posture left out", estimate[u], rows["bend"][u]))
    estimate = crossed(rows["alone"], rows["absolute"], fold, network)
    print(back_line(f"{what}, no neutral: contour, network", estimate, rows["absolute"]))
    estimate = crossed(rows["alone"], rows["absolute"], fold, straight_line)
    print(back_line(f"{what}, no neutral: contour, line", estimate, rows["absolute"]))
    estimate = crossed(rows["alone"], rows["absolute"], family, network)
    print(back_line(f"{what}, no neutral, posture left out", estimate, rows["absolute"]), flush=True)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__)
    parser.add_argument("dev", type=Path)
    samples = list(read_people(parser.parse_args().dev))
    rows = fit_joints.rows_of(samples)
    found = print_joints(rows)
    print("\n| | mean error ° | RMSE ° | rounded AUC | hollow AUC |\n| --- | --- | --- | --- | --- |")
    for what, points in (
        ("landmarks as seen", rows["raw"]),
        ("joints put right", found["+ networks"]),
        ("true joints", rows["y"]),
    ):
        kept = {i: p for i, p, mirror in zip(rows["sample"], points, rows["mirror"], strict=True) if not mirror}
        print_back(fit_back.rows_of(samples, kept), what)


if __name__ == "__main__":
    main()

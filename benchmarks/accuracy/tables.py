"""The tables of a set: its breakdowns, the camera, the back and the aims."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from formcheck.core.measure.camera_view import MAX_YAW_DEG

from .aims import Aim
from .back import HOLLOW_DEG, MOST_YAW_DEG, NEUTRAL_DEG, NO_NEUTRAL, OWN_NEUTRAL, ROUNDED_DEG
from .page import NAMES, Table, figure, percent
from .totals import MEASUREMENTS
from .view import BLIND_YAW_DEG

CELL = "Mean error (inside; known)"
SIDE_VIEWS = f"{CELL} in side views up to 15° off; faults of all clips."
TITLES = {
    "yaw": ("By camera yaw", f"{CELL}, oblique clips too."),
    "picture": ("By what is hard about the picture", f"{CELL}, oblique clips too. A clip may be hard in several ways."),
    "clothing": ("By clothing", SIDE_VIEWS),
    "body": ("By body", f"{SIDE_VIEWS} Weight and gender as the body model has them, cut at 0.4 and 0.6, and at 0.5."),
    "distance": ("By distance of the camera", SIDE_VIEWS),
    "posture": ("By posture", SIDE_VIEWS),
}
"""Breakdown -> title of its table and what to know of it. Movements have tables of their own."""


def breakdown_tables(breakdowns: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[Table]:
    """Yield a table for each breakdown in which clips differ: a group in each row."""
    head = ("", "clips", "frames", *(NAMES[name] for name in MEASUREMENTS), "faults found", "false")
    for name, (title, note) in TITLES.items():
        if len(breakdowns[name]) < 2:
            continue
        rows = tuple(_group(group, row) for group, row in breakdowns[name].items())
        yield Table(title, head, rows, note)


def _group(group: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    cells = (_cell(row["numbers"].get(name)) for name in MEASUREMENTS)
    found = f"{row['faults_found']} of {row['faults_injected']}"
    return (group.replace("_", " "), str(row["clips"]), str(row["frames"]), *cells, found, str(row["faults_false"]))


def _cell(number: Mapping[str, float] | None) -> str:
    if number is None:
        return "–"
    if not number["frames"]:
        return "not known"
    return f"{figure(number['mae'])} ({percent(number['inside'])}; {percent(number['told'])})"


def view_tables(view: Mapping[str, Any], by_yaw: Mapping[str, Mapping[str, Any]]) -> Iterator[Table]:
    """Yield the table of the camera's yaw, and that of what was said from too far round."""
    named = {group: row["yaw"] for group, row in by_yaw.items()} | {"side and oblique": view["yaw"]}
    rows = tuple(
        (
            group, str(row["clips"]), str(row["frames"]), figure(row["mae"], "°"), figure(row["bias"], "°", sign=True),
            percent(row["inside"]), figure(row["clip_mae"], "°"), percent(row["gate_right"]),
        )
        for group, row in named.items()
        if row["clips"]
    )  # fmt: skip
    head = ("true yaw", "clips", "frames", "error of a frame", "bias", "inside", "error of a clip", "gate right")
    gate = f"The gate is right where the clip's median and the truth lie on the same side of {MAX_YAW_DEG:.0f}°."
    yield Table("Camera yaw", head, rows, gate)
    blind = view["blind"]
    cells = (
        str(blind["clips"]), str(blind["frames"]), percent_fine(blind["wrong"]), percent_fine(blind["not_there"]),
    )  # fmt: skip
    note = "Share of the frames with a reported fault that is not there, or that cannot be judged from this far round."
    title = f"What is said from beyond {BLIND_YAW_DEG:.0f}° of yaw"
    yield Table(title, ("clips", "frames", "a wrong fault is said", "… one that is not there"), (cells,), note)


def back_tables(back: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the table of how well the back's estimates keep rounded, neutral and hollow apart."""
    named = {"all": back["all"], **back["postures"]}
    rows = tuple(
        (group.replace("_", " "), word, _auc(row, "rounded"), _auc(row, "hollow"))
        for group, both in named.items()
        for word, row in (("known", both[OWN_NEUTRAL]), ("not known", both[NO_NEUTRAL]))
        if row["neutral_frames"]
    )
    head = ("posture", "own neutral", "rounded against neutral", "hollow against neutral")
    note = (
        f"AUC (frames of clips against frames of clips), yaw below {MOST_YAW_DEG:.0f}°. The truth is the flexion of "
        f"the whole spine: rounded from {ROUNDED_DEG:.0f}°, neutral within {NEUTRAL_DEG:.0f}°, hollow down to "
        f"{HOLLOW_DEG:.0f}°; against the clip's own start where the own neutral is known, against relaxed standing "
        "where it is not."
    )
    yield Table("Rounded, neutral and hollow backs kept apart", head, rows, note)


def _auc(row: Mapping[str, Any], which: str) -> str:
    counts = (f"{row[f'{name}_frames']} of {row[f'{name}_clips']}" for name in (which, "neutral"))
    value = row[f"{which}_auc"]
    return "–" if math.isnan(value) else f"{value:.3f} ({' against '.join(counts)})"


def aims_table(found: Iterable[Aim]) -> Table:
    """Return the table of the aims."""
    rows = tuple((aim.name, _between(aim), _valued(aim.value, aim.kind), _REACHED[aim.reached]) for aim in found)
    return Table("What it should reach", ("", "aim", "this set", "reached"), rows)


_REACHED = {True: "yes", False: "no", None: "not shown"}


def _between(aim: Aim) -> str:
    if aim.least is not None and aim.most is not None:
        return f"{100 * aim.least:.0f} to {100 * aim.most:.0f} %"
    if aim.least is not None:
        return f"at least {_valued(aim.least, aim.kind)}"
    return f"at most {_valued(aim.most if aim.most is not None else math.nan, aim.kind)}"


def _valued(value: float, kind: str) -> str:
    if kind == "auc":
        return "–" if math.isnan(value) else f"{value:.3f}"
    if kind == "share":
        return percent_fine(value)
    return figure(value, "°" if kind == "deg" else " %")


def percent_fine(value: float) -> str:
    """Return a share in percent with one decimal, a dash where there is none."""
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"

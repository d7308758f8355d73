"""Write the movement file of a demonstration, a draft for a therapist.

The base is the file of a shipped movement that the therapist calls alike, or a bare one. What the demonstration shows
replaces its numbers; what it cannot show is listed as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tomlkit

from formcheck.core.display import format_number_with_doubt
from formcheck.core.movement.load import read_movement_bytes
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.validate import find_signal_range
from formcheck.languages.phrase import Phrase

from .demonstration import DriveNumbers, ShownBand

WIDE = 1000.0
"""Ends of a band in which everything lies: the demonstration is measured before it has limits."""
GENERIC_MEASURES = {
    "knee": ("Knee", "knee_near_deg"),
    "hip": ("Hip", "trunk_thigh_near_deg"),
    "trunk": ("Trunk", "trunk_inclination_deg"),
    "back": ("Back shape", "back_bend_deg"),
    "head": ("Head", "head_trunk_deg"),
    "elbow": ("Elbow", "elbow_near_deg"),
    "arm": ("Arm", "arm_elevation_near_deg"),
}
_BARE = """
schema_version = 1
id = "own"
version = 1
name = "Own movement"
about = "Drafted from a demonstration."
steps = ["As in the demonstration."]
confidence = "C"
posture = "standing"
spine_rule = "free"
main = "trunk"
breath = "Breathe slowly and easily."
easier = "Do less of it."
stop_if = ["Pain (a mild stretch is fine, pain is not)"]

[sources]
E = "engineering judgement, to be tuned on recordings"

[view]
camera = "side"
near = "either"
text = "Side-on, the whole body in the picture."

[start]
text = "As at the beginning of the demonstration."
when = []
source = "E"

[drive]
kind = "reach"
signal = "trunk_inclination_deg"
source = "E"

[dose]
source = "E"

[measures]
"""
_NAME = "D"
"""The tag of the demonstration under [sources]."""
_CANNOT_TEACH = (
    Phrase("A demonstration cannot teach which faults matter. Read each fault: keep it, change it, or take it out."),
    Phrase("Whom the movement suits is not decided: without a table [avoid_if], every answer leaves it out."),
)
_UNSEEN = Phrase("{measure}: not seen well enough; its limits are those of the base.")
_OPEN_END = Phrase('{measure}: is more of it, or less, fine as well? Then write "open".')
_NO_SPREAD = Phrase("{measure}: one repetition shows no spread between repetitions.")
_FAULTS_OF = Phrase("Faults, cues and severities are those of {movement}; they may not be those of this movement.")
_NUMBERS_OF = Phrase("These faults keep numbers of {movement}: {faults}.")
_TAKEN_OUT = Phrase("Left out, because {why}: {faults}.")
NOT_PASSED = Phrase("the drafted limit cannot be passed")
SHOWN_ITSELF = Phrase("the demonstration shows them")


def make_id(name: str) -> str:
    """Return an id for a name.

    Examples
    --------
    >>> make_id("Wall slide, easy!"), make_id("伸展")
    ('wall_slide_easy', 'own_movement')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40].rstrip("_")
    return plain if re.fullmatch(r"[a-z][a-z0-9_]+", plain) else "own_movement"


def open_base(name: str, like: str | None) -> Any:
    """Return the tables that a draft begins with."""
    document: Any = tomlkit.parse(read_movement_bytes(like).decode("utf-8") if like else _BARE)
    document["id"], document["name"], document["version"] = make_id(name), name, 1
    for key in ("aliases", "swap", "avoid_if"):
        document.pop(key, None)
    document["sources"][_NAME] = "a demonstration, drafted by formcheck"
    return document


def set_drive(document: Any, drive: DriveNumbers, *, has_like: bool) -> None:
    """Set what moves, how far, and where it starts."""
    table = document["drive"]
    table["kind"], table["signal"] = drive.kind, drive.signal
    table["least"], table["departs"], table["leaves"] = drive.least, drive.departs, drive.leaves
    table["source"] = f"{_NAME}: shares of the way that was shown"
    document["start"]["nominal"] = drive.nominal
    if not has_like:
        for measure, (name, signal) in GENERIC_MEASURES.items():
            table = {"name": name, "signal": signal, "unit": "deg", "phases": _list_phases(document), "source": _NAME}
            document["measures"][measure] = table
        document["main"] = next((m for m, (_, s) in GENERIC_MEASURES.items() if s == drive.signal), "trunk")
        document["shared"] = {"reach": ["bounce", "too_fast"], "pose": ["bounce"]}.get(drive.kind, [])


def set_posture(document: Any, limits: Mapping[str, tuple[float, float]], posture: str | None) -> None:
    """Set the start posture.

    For a movement that is a pose, set the posture in which the clock runs, too.
    """
    conditions = [
        {"signal": signal, word: end}
        for signal, (low, high) in limits.items()
        for word, end in (("above", low), ("below", high))
    ]
    document["start"]["when"] = _list_inline(conditions)
    document["start"]["source"] = f"{_NAME}: the first second, with room around it"
    if posture is not None:
        document["posture"] = posture
        document["place"] = "standing" if posture == "standing" else "chair" if posture == "sitting" else "floor"
        if document["drive"]["kind"] == "pose":
            document["drive"]["hold_when"] = _list_inline(conditions)


def _list_inline(conditions: Sequence[Mapping[str, Any]]) -> Any:
    array = tomlkit.array()
    for condition in conditions:
        table = tomlkit.inline_table()
        table.update(condition)
        array.append(table)
    return array.multiline(len(conditions) > 1)


def open_bands(document: Any) -> Any:
    """Return a copy with wide bands and without the faults of the base."""
    wide = tomlkit.parse(tomlkit.dumps(document))
    for measure in wide["measures"].values():
        for key in ("target", "warn", "strong_signal", "strong_target"):
            measure.pop(key, None)
        measure["target"] = [-WIDE, WIDE]
    wide["shared"] = []
    silent = {"signal": "yaw_deg", "above": 89.0}
    fault = {"id": "none_yet", "seen": "nothing yet", "severity": "info", "cue": "Stay as you are", "source": _NAME}
    wide["faults"] = [{**fault, "when": [silent], "phases": _list_phases(document)}]
    wide.pop("recognise", None)
    return wide


def _list_phases(document: Any) -> list[str]:
    return ["low", "high"] if document["drive"]["kind"] == "cycle" else ["hold"]


def set_bands(document: Any, bands: Mapping[str, ShownBand], unsure: list[str]) -> None:
    """Set the bands of every measure that was shown.

    Open ends of the base stay open.
    """
    for measure, table in list(document["measures"].items()):
        band = bands.get(measure)
        if band is None and "target" not in table:
            if measure != document["main"]:
                del document["measures"][measure]
            continue
        if band is None:
            unsure.append(_UNSEEN.format(measure=Phrase(str(table["name"]))))
            continue
        before = table.get("target", [0.0, 0.0])
        target = ["open" if old == "open" else new for old, new in zip(before, band.target, strict=True)]
        warn = ["open" if old == "open" else new for old, new in zip(before, band.warn, strict=True)]
        if "open" not in before and "target" not in table:
            unsure.append(_OPEN_END.format(measure=Phrase(str(table["name"]))))
        table["target"], table["warn"] = target, warn
        spread = format_number_with_doubt(band.spread, str(table["unit"]), band.uncertainty)
        table["source"] = f"{_NAME}: repetitions {band.repetitions}, spread and uncertainty {spread}"
        if band.repetitions < 2:
            unsure.append(_NO_SPREAD.format(measure=Phrase(str(table["name"]))))


def set_faults(document: Any, like: Movement | None, unsure: list[str]) -> None:
    """Let faults follow the drafted bands.

    Without a base, each end of a band is a fault.
    """
    if like is None:
        document["faults"] = _list_band_faults(document)
        return
    fixed, never = [], []
    for fault, condition in _list_copied_conditions(document):
        if "measure" not in condition:
            fixed.append(str(fault["id"]))
            continue
        condition.pop("clear", None)
        if not _can_be_passed(document, condition):
            never.append(str(fault["id"]))
    drop_faults(document, never, NOT_PASSED, unsure)
    unsure.append(_FAULTS_OF.format(movement=like.id))
    if fixed:
        unsure.append(_NUMBERS_OF.format(movement=like.id, faults=", ".join(dict.fromkeys(fixed))))


def _list_copied_conditions(document: Any) -> Iterator[tuple[Any, Any]]:
    for fault in document["faults"]:
        for group in (fault["when"], *fault.get("or_when", [])):
            yield from ((fault, condition) for condition in group)


def _list_band_faults(document: Any) -> Any:
    faults = tomlkit.aot()
    for measure, table in document["measures"].items():
        name = str(table["name"]).lower()
        for word, seen in (("below", "less"), ("above", "more")):
            condition = {"measure": measure, word: "warn"}
            if "warn" in table and _can_be_passed(document, condition):
                about = {
                    "id": f"{measure}_{seen}",
                    "seen": f"{name}: {seen} than in the demonstration",
                    "when": _list_inline([condition]),
                    "phases": _list_phases(document),
                    "severity": "adjust",
                    "cue": f"Watch your {name}",
                    "source": _NAME,
                }
                faults.append(tomlkit.item(about))
    return faults


def _can_be_passed(document: Any, condition: Mapping[str, Any]) -> bool:
    """Return whether the limit of a drafted band lies within the signal's range."""
    measure, is_above = document["measures"][condition["measure"]], "above" in condition
    limit = measure[condition["above" if is_above else "below"]][int(is_above)]
    low, high = find_signal_range(str(measure["signal"]))
    return limit != "open" and (bool(measure.get("change")) or low < float(limit) < high)


def drop_faults(document: Any, seen: Sequence[str], why: str, unsure: list[str]) -> None:
    """Take out faults, and say why."""
    kept = [fault for fault in document["faults"] if fault["id"] not in seen]
    if seen and kept:
        faults = tomlkit.aot()
        for fault in kept:
            faults.append(fault)
        document["faults"] = faults
        document["shared"] = [one for one in document.get("shared", []) if one not in seen]
        unsure.append(_TAKEN_OUT.format(why=why, faults=", ".join(sorted(set(seen)))))


def finish_text(document: Any, made_from: str, unsure: Sequence[str]) -> str:
    """Return the file: comments on what it rests on, then the tables."""
    lines = [f"Drafted by formcheck from {made_from}. Read it, change it, try it.", "Not sure:"]
    lines += [f"- {one}" for one in (*_CANNOT_TEACH, *unsure)]
    head = "".join(f"# {' '.join(line.split())}\n" for line in lines)
    return f"{head}\n{tomlkit.dumps(document).lstrip()}"


def list_unsure(unsure: Sequence[str]) -> list[str]:
    """Return everything that a draft is unsure of."""
    return [*_CANNOT_TEACH, *unsure]

"""Checks between values of a movement file: contradictions.

They use the raw tables, before the schema checks the types, so that one problem never hides another: values of a wrong
type are ignored here and reported by the schema.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from .schema import PHASES_OF_DRIVE
from .signals import MOTION_SIGNALS, find_role, find_unit
from .wording import find_never_said, find_unnamed_sources

TomlTable = Mapping[str, Any]

_SPANS = (
    (("knee_", "elbow_", "arm_elevation_"), (0.0, 180.0)),
    (("trunk_thigh_", "body_line_"), (0.0, 360.0)),
    (("yaw_",), (0.0, 90.0)),
    (("shank_", "thigh_", "leg_", "trunk_inclination_", "head_trunk_", "face_trunk_"), (-180.0, 180.0)),
)
"""By the first word of a signal: the range of its formula."""


class Limit(NamedTuple):
    """One end of the range that a condition accepts."""

    signal: str
    word: str
    value: float
    key: tuple[Any, ...]
    """Conditions with the same key compare the same number."""


def find_signal_range(signal: str, *, moved: bool = False) -> tuple[float, float]:
    """Return the least and the greatest value that a signal can have.

    With `moved`, of its change or its range.

    Examples
    --------
    >>> find_signal_range("knee_near_deg"), find_signal_range("hold_s")
    ((0.0, 180.0), (0.0, inf))
    >>> find_signal_range("trunk_inclination_deg", moved=True)
    (-360.0, 360.0)
    """
    if signal in MOTION_SIGNALS:
        return -math.inf if signal == "deeper_deg" else 0.0, math.inf
    if find_unit(signal) != "deg":
        return -math.inf, math.inf
    low, high = next((ends for words, ends in _SPANS if signal.startswith(words)), (-360.0, 360.0))
    return (low - high, high - low) if moved else (low, high)


def limit_of(condition: TomlTable) -> Limit | None:
    """Return the limit of a condition, or None if the schema will report it."""
    word = "above" if "above" in condition else "below"
    value, signal = condition.get(word), condition.get("signal")
    if not isinstance(value, int | float) or isinstance(value, bool) or not isinstance(signal, str):
        return None
    key = (signal, bool(condition.get("change")), str(condition.get("reduce")))
    return Limit(signal, word, float(value), key) if math.isfinite(value) else None


def find_never_met(where: str, conditions: Iterable[TomlTable]) -> Iterator[str]:
    """Yield one line for each condition of a group that can never be met.

    Alone or together with another one.
    """
    floors: dict[tuple[Any, ...], float] = {}
    ceilings: dict[tuple[Any, ...], float] = {}
    for index, condition in enumerate(conditions):
        limit = limit_of(condition)
        if limit is None:
            continue
        low, high = find_signal_range(limit.signal, moved=limit.key[1:] != (False, "None"))
        if not (limit.value < high if limit.word == "above" else limit.value > low):
            within = f"{low:g} to {high:g}".replace("-inf", "any").replace("inf", "any")
            place = f"{where}.{index}.{limit.word}"
            yield f"{place}: expected a limit that the signal can pass, got {limit.value:g}; {limit.signal} is {within}"
        if limit.word == "above":
            floors[limit.key] = max(limit.value, floors.get(limit.key, -math.inf))
        else:
            ceilings[limit.key] = min(limit.value, ceilings.get(limit.key, math.inf))
    for key in floors.keys() & ceilings.keys():
        if floors[key] >= ceilings[key]:
            yield f"{where}: expected a possible range, got {key[0]} above {floors[key]:g} and below {ceilings[key]:g}"


def find_never_reached(drive: TomlTable, start: TomlTable) -> Iterator[str]:
    """Yield one line for each number of a drive that makes a phase impossible."""
    for key in ("departs", "least", "leaves", "settle_deg_per_s"):
        value = drive.get(key)
        if _is_number(value) and (value <= 0 if key != "least" else value == 0):
            wanted = "a distance other than 0" if key == "least" else "more than 0"
            yield f"drive.{key}: expected {wanted}, got {value:g}"
    if drive.get("kind") == "reach":
        yield from _find_never_reached_from_start(drive, start)


def _find_never_reached_from_start(drive: TomlTable, start: TomlTable) -> Iterator[str]:
    signal, least, departs = drive.get("signal"), drive.get("least", 15.0), drive.get("departs", 8.0)
    nominal = start.get("nominal", 0.0)
    if not isinstance(signal, str) or not _is_number(least) or not _is_number(nominal):
        return
    low, high = find_signal_range(signal)
    if not low <= nominal + least <= high:
        came = f"got {least:g} from {nominal:g}; {signal} is never {nominal + least:g}"
        yield f"drive.least: expected a distance that can be reached, {came}"
    if _is_number(departs) and departs > abs(least) > 0:
        yield f"drive.departs: expected at most least = {abs(least):g}, got {departs:g}"
    when = start.get("when")
    conditions = when if isinstance(when, list) else []
    for index, condition in enumerate(c for c in conditions if isinstance(c, Mapping)):
        limit = limit_of(condition)
        if limit is None or limit.signal != signal:
            continue
        if not (nominal > limit.value if limit.word == "above" else nominal < limit.value):
            yield (
                f"start.nominal: expected a value of the start posture, got {nominal:g}; "
                f"start.when.{index} requires {signal} {limit.word} {limit.value:g}"
            )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def find_contradictions(document: TomlTable) -> list[str]:
    """Return one line for each contradiction in a movement file.

    It gives the place, what was expected and what came.

    Parameters
    ----------
    document : the file as TOML gives it, shared faults taken over.
    """
    return [line for check in _CHECKS for line in check(document)]


def label_fault(fault: object, index: int) -> str:
    """Return the name of a fault in messages.

    That is its id, else its number in the file.
    """
    name = fault.get("id") if isinstance(fault, Mapping) else None
    return name if isinstance(name, str) else str(index)


def explain_unknown_key(key: object) -> str:
    """Return the message for a key that no movement file has."""
    if key in _INCLUDES:
        return "unknown key; a movement file cannot include another: write it here, or name faults in `shared`"
    return "unknown key; remove it or correct its spelling"


_INCLUDES = frozenset({"include", "includes", "import", "extends", "inherits", "base"})

# Reading tables whose types are not known yet -------------------------------------------------------------------------


def _get_table(document: TomlTable, key: str) -> TomlTable:
    part = document.get(key)
    return part if isinstance(part, Mapping) else {}


def _list_tables(part: object) -> list[TomlTable]:
    return [p for p in part if isinstance(p, Mapping)] if isinstance(part, list) else []


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _read_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list_measures(document: TomlTable) -> Iterator[tuple[str, TomlTable]]:
    for name, measure in _get_table(document, "measures").items():
        if isinstance(measure, Mapping):
            yield f"measures.{name}", measure


def _list_faults(document: TomlTable) -> Iterator[tuple[str, TomlTable]]:
    for index, fault in enumerate(_list_tables(document.get("faults"))):
        yield f"faults.{label_fault(fault, index)}", fault


def _list_fault_groups(document: TomlTable) -> Iterator[tuple[str, list[TomlTable]]]:
    for where, fault in _list_faults(document):
        or_when = fault.get("or_when")
        groups = [fault.get("when"), *(or_when if isinstance(or_when, list) else [])]
        for g, group in enumerate(groups):
            yield f"{where}.{'when' if g == 0 else f'or_when.{g - 1}'}", _list_tables(group)


def _list_posture_groups(document: TomlTable) -> Iterator[tuple[str, list[TomlTable]]]:
    yield "start.when", _list_tables(_get_table(document, "start").get("when"))
    yield "drive.hold_when", _list_tables(_get_table(document, "drive").get("hold_when"))
    yield "drive.side_when", _list_tables(_get_table(document, "drive").get("side_when"))
    yield "subject", _list_tables(document.get("subject"))
    yield "recognise", _list_tables(document.get("recognise"))


def _list_fault_conditions(document: TomlTable) -> Iterator[tuple[str, TomlTable]]:
    for where, group in _list_fault_groups(document):
        yield from ((f"{where}.{i}", condition) for i, condition in enumerate(group))


def _list_posture_conditions(document: TomlTable) -> Iterator[tuple[str, TomlTable]]:
    for where, group in _list_posture_groups(document):
        yield from ((f"{where}.{i}", condition) for i, condition in enumerate(group))


def _list_conditions(document: TomlTable) -> Iterator[tuple[str, TomlTable]]:
    yield from _list_posture_conditions(document)
    yield from _list_fault_conditions(document)


# Checks ---------------------------------------------------------------------------------------------------------------


def _check_condition_limits(document: TomlTable) -> Iterator[str]:
    for where, condition in _list_conditions(document):
        if ("above" in condition) == ("below" in condition):
            came = "both" if "above" in condition else "none"
            yield f"{where}: expected exactly one of 'above' and 'below', got {came}"
            continue
        word = "above" if "above" in condition else "below"
        limit, clear = _read_number(condition[word]), _read_number(condition.get("clear"))
        if limit is not None and clear is not None and (clear > limit if word == "above" else clear < limit):
            way = "at most" if word == "above" else "at least"
            yield f"{where}.clear: expected {way} {limit:g}, the limit ('{word}'), towards the target; got {clear:g}"


def _check_units(document: TomlTable) -> Iterator[str]:
    for where, measure in _list_measures(document):
        unit, expected = _read_text(measure.get("unit")), find_unit(_read_text(measure.get("signal")))
        if unit and expected and unit != expected:
            yield f"{where}.unit: expected {expected!r}, the unit of {measure['signal']}, got {unit!r}"
        strong = _read_text(measure.get("strong_signal"))
        if strong and expected and find_unit(strong) != expected:
            yield f"{where}.strong_signal: expected a signal in {expected!r}, got {strong!r}"
    drive = _get_table(document, "drive")
    signal, fallback = _read_text(drive.get("signal")), _read_text(drive.get("fallback"))
    if signal and fallback and find_unit(signal) != find_unit(fallback):
        yield f"drive.fallback: expected a signal in {find_unit(signal)!r}, as {signal}, got {fallback!r}"


def _read_ends(band: object) -> tuple[float, float] | None:
    """Return both ends of a band, or None if the schema will report it."""
    if not isinstance(band, list) or len(band) != 2:
        return None
    low = -float("inf") if band[0] == "open" else _read_number(band[0])
    high = float("inf") if band[1] == "open" else _read_number(band[1])
    return None if low is None or high is None else (low, high)


def _check_bands(document: TomlTable) -> Iterator[str]:
    for where, measure in _list_measures(document):
        target, warn = _read_ends(measure.get("target")), _read_ends(measure.get("warn"))
        for label, ends in (("target", target), ("warn", warn)):
            if ends and ends[0] >= ends[1]:
                yield f"{where}.{label}: expected [lower, upper], got {measure[label]}, which is in the wrong order"
        if target and warn and (warn[0] > target[0] or warn[1] < target[1]):
            yield f"{where}.warn: expected a band around the target {measure['target']}, got {measure['warn']}"
        if "warn" in measure and "target" not in measure:
            yield f"{where}.warn: expected a 'target' band too, got none"


def _check_phases(document: TomlTable) -> Iterator[str]:
    kind = _read_text(_get_table(document, "drive").get("kind"))
    reached = PHASES_OF_DRIVE.get(kind)
    if reached is None:
        return
    parts = [
        *_list_measures(document),
        *((w, f) for w, f in _list_faults(document) if f.get("at_end_of_repetition") is not True),
    ]
    for where, part in parts:
        named = part.get("phases", ["hold"])
        if named == []:
            yield f"{where}.phases: expected at least one of {', '.join(reached)}, got none"
        for phase in named if isinstance(named, list) else []:
            if isinstance(phase, str) and phase not in reached:
                yield f"{where}.phases: expected of {', '.join(reached)} for kind {kind!r}; {phase!r} is never reached"


def _find_motion_signal(part: TomlTable, key: str) -> str:
    """Return the signal under a key if it is a motion signal; else empty.

    A signal that is computed from the movement over time has no start value and no extremes.
    """
    signal = _read_text(part.get(key))
    return signal if signal in MOTION_SIGNALS else ""


def _check_motion_changes(document: TomlTable) -> Iterator[str]:
    for where, spec in [*_list_measures(document), *_list_fault_conditions(document)]:
        for key in ("change", "reduce"):
            if (signal := _find_motion_signal(spec, "signal")) and spec.get(key):
                yield f"{where}.{key}: expected none; {signal} is computed from the movement over time"
    for key in ("signal", "fallback"):
        if signal := _find_motion_signal(_get_table(document, "drive"), key):
            yield f"drive.{key}: expected a measurement, got {signal!r}, which is computed from the drive signal"


def _check_postures(document: TomlTable) -> Iterator[str]:
    for where, condition in _list_posture_conditions(document):
        if signal := _find_motion_signal(condition, "signal"):
            yield f"{where}.signal: expected a measurement, got {signal!r}, which a single posture does not have"
        for key in ("change", "reduce"):
            if condition.get(key):
                yield f"{where}.{key}: expected none; a posture is described by its plain values"


def _check_sides(document: TomlTable) -> Iterator[str]:
    """Yield one line for each signal that needs a working side if there is none."""
    if _get_table(document, "dose").get("each_side") is True:
        return
    drive = ("drive", _get_table(document, "drive"))
    for where, part in [drive, *_list_measures(document), *_list_conditions(document)]:
        for key in ("signal", "fallback", "strong_signal"):
            if find_role(signal := _read_text(part.get(key))) in ("working", "other"):
                yield f"{where}.{key}: expected dose.each_side = true for {signal}; else use near and far"
    if _get_table(document, "view").get("near") == "working":
        yield "view.near: expected 'either', got 'working'; dose.each_side is not true"


def _check_drive(document: TomlTable) -> Iterator[str]:
    drive, dose = _get_table(document, "drive"), _get_table(document, "dose")
    if drive.get("kind") == "pose" and not drive.get("hold_when"):
        yield "drive.hold_when: expected the posture in which the clock runs, got none; kind 'pose' needs it"
    if drive.get("kind") == "cycle" and "hold_s" in dose:
        yield "dose.hold_s: expected none, a cycle has no hold"
    hold_s, least_hold_s = _read_number(dose.get("hold_s")), _read_number(dose.get("least_hold_s"))
    if hold_s is not None and least_hold_s is not None and least_hold_s > hold_s:
        yield f"dose.least_hold_s: expected at most hold_s = {hold_s:g}, got {least_hold_s:g}"


def _check_names(document: TomlTable) -> Iterator[str]:
    measures = _get_table(document, "measures")
    main = _read_text(document.get("main"))
    essential = document.get("essential")
    named = [("main", main), *(("essential", e) for e in (essential if isinstance(essential, list) else []))]
    for where, name in named:
        if name and isinstance(name, str) and measures and name not in measures:
            yield f"{where}: expected of {', '.join(measures)}, the measures of this file, got {name!r}"
    ids = Counter(_read_text(fault.get("id")) for _, fault in _list_faults(document))
    yield from (
        f"faults: expected each id once, got {name!r} {times} times"
        for name, times in ids.items()
        if name and times > 1
    )
    yield from (f"faults.{name}.id: expected a unique id, got the id of a measure" for name in ids if name in measures)


def _check_never_met(document: TomlTable) -> Iterator[str]:
    for where, group in (*_list_posture_groups(document), *_list_fault_groups(document)):
        yield from find_never_met(where, group)
    drive = _get_table(document, "drive")
    yield from find_never_reached(drive, _get_table(document, "start"))
    if "hold" in PHASES_OF_DRIVE.get(_read_text(drive.get("kind")), ("hold",)):
        return
    for where, fault in _list_faults(document):
        for condition in _list_tables(fault.get("when")):
            if fault.get("at_end_of_repetition") is True and condition.get("signal") in ("hold_s", "bounce_deg"):
                yield f"{where}.when: expected none of {condition['signal']}; kind {drive['kind']!r} has no hold"


def _check_words(document: TomlTable) -> Iterator[str]:
    yield from find_never_said(document)
    sources, shared = document.get("sources"), document.get("shared")
    if not isinstance(sources, Mapping):
        return
    own = [(w, f) for w, f in _list_faults(document) if f.get("id") not in (shared if isinstance(shared, list) else [])]
    parts = [(key, _get_table(document, key)) for key in ("start", "drive", "dose")]
    avoided = _get_table(document, "avoid_if")
    parts += [(f"avoid_if.{sign}", _get_table(avoided, sign)) for sign in avoided]
    cited = [
        (f"{where}.source", _read_text(part.get("source"))) for where, part in (*_list_measures(document), *own, *parts)
    ]
    yield from find_unnamed_sources(((where, source) for where, source in cited if source), sources)


def _check_avoided(document: TomlTable) -> Iterator[str]:
    """Yield one line for each answer that a table `avoid_if` must name and does not."""
    avoided = document.get("avoid_if")
    if not isinstance(avoided, Mapping):
        return
    wanted = {"floor_or_joint": "place is floor"} if document.get("place") == "floor" else {}
    if document.get("advanced") is True:
        wanted |= dict.fromkeys(("radiating_signs", "lasting_pain", "known_condition"), "the movement is advanced")
    for sign, why in wanted.items():
        if sign not in avoided:
            yield f"avoid_if: expected {sign}, because {why}; name it with its source"
        elif _get_table(avoided, sign).get("offer") == "softened":
            yield f"avoid_if.{sign}.offer: expected 'closed', because {why}, got 'softened'"


_CHECKS: tuple[Callable[[TomlTable], Iterator[str]], ...] = (
    _check_condition_limits,
    _check_units,
    _check_bands,
    _check_phases,
    _check_motion_changes,
    _check_postures,
    _check_sides,
    _check_drive,
    _check_names,
    _check_never_met,
    _check_words,
    _check_avoided,
)

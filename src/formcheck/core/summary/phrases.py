"""A summary in words: what was good, what to work on, what was unclear.

Values in, sentences out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formcheck.core.display import DisplayState, find_state, format_clock, format_number_with_doubt, name_check
from formcheck.core.movement.schema import MeasureSpec, Movement, find_limits
from formcheck.core.movement.signals import resolve
from formcheck.core.skeleton import SIDES, Side

NOT_MEDICAL = (
    "formcheck compares visible body positions with a form description. It is not a medical device, does not diagnose, "
    "treat or monitor any condition, and does not replace a professional."
)
_HEADLINES: dict[DisplayState, str] = {
    "ok": "This went well",
    "warn": "Nearly there",
    "fix": "Something to work on",
    "cannot_tell": "Cannot tell from this recording",
    "info": "Measured",
}
_GRAVEST_FIRST: tuple[DisplayState, ...] = ("fix", "warn", "info", "cannot_tell", "ok")
_MEASUREMENT_NAMES = {
    "back_curve_pct": "Back curve",
    "back_curve_low_pct": "Back curve, lower half",
    "back_curve_up_pct": "Back curve, upper half",
    "back_bend_deg": "Back bend from own neutral",
    "back_round_pct": "Back, between own tall and round",
    "trunk_inclination_deg": "Trunk from upright",
    "trunk_thigh_deg": "Hip (trunk to thigh)",
    "head_trunk_deg": "Head to trunk",
    "yaw_deg": "Turned from the camera",
    "hip_shift_tl": "Hip shift",
    "face_trunk_deg": "Face to trunk",
    "back_bend_no_neutral_deg": "Back bend without own neutral",
    "back_bend_agreed_deg": "Back bend read in two ways",
    "speed_tl_per_s": "Speed",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mark on the timeline, in words."""

    state: DisplayState
    name: str
    cue: str
    detail: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first words on the page."""

    state: DisplayState
    headline: str
    title: str
    why: str
    facts: list[tuple[str, str]]
    good: list[str]
    work_on: list[tuple[DisplayState, str]]
    unseen: list[str]


def format_quantity(value: float | None, unit: str, uncertainty: float | None = None) -> str:
    """Return a number with its uncertainty and unit; a dash if it is missing.

    Examples
    --------
    >>> format_quantity(171.2, "deg", 4.1), format_quantity(None, "deg")
    ('171° ± 4', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return format_number_with_doubt(value, unit, uncertainty).replace("-", "−")


def name_measurement(name: str) -> str:
    """Return the name of a measurement in words.

    Examples
    --------
    >>> name_measurement("knee_left_deg")
    'Knee, left'
    """
    for side in ("left", "right"):
        if f"_{side}_" in name:
            plain = name.replace(f"_{side}_", "_")
            return f"{_MEASUREMENT_NAMES.get(plain, _name_plainly(plain))}, {side}"
    return _MEASUREMENT_NAMES.get(name, _name_plainly(name))


def _name_plainly(name: str) -> str:
    for unit in ("_tl_per_s", "_deg_per_s", "_deg", "_pct", "_tl", "_s"):
        name = name.removesuffix(unit)
    return name.replace("_", " ").capitalize()


def find_spec(measurement: str, movement: Movement, sides: list[Side]) -> MeasureSpec | None:
    """Return what the movement requires of a measurement, for the sides that worked.

    None if it requires nothing.
    """
    for spec in movement.measures.values():
        stands_for = {resolve(spec.signal, working=side, near=near) for side in (*sides, None) for near in SIDES}
        if measurement in stands_for:
            return spec
    return None


def describe_target(spec: MeasureSpec | None) -> str:
    """Return a target band in words; empty without one."""
    if spec is None or spec.target is None:
        return ""
    low, high = find_limits(spec.target)
    change = " from the start" if spec.change else ""
    if low == -float("inf"):
        return f"up to {format_quantity(high, spec.unit)}{change}"
    if high == float("inf"):
        return f"{format_quantity(low, spec.unit)} or more{change}"
    return f"{format_quantity(low, spec.unit)} to {format_quantity(high, spec.unit)}{change}"


def is_still(summary: Mapping[str, Any]) -> bool:
    """Return whether the recording is a single picture, which has no times."""
    return bool(summary.get("source", {}).get("frames") == 1)


def list_worked_sides(summary: Mapping[str, Any]) -> list[Side]:
    """Return the sides that worked, in order of appearance."""
    return list(dict.fromkeys(r["side"] for r in summary.get("repetitions", []) if r.get("side") in {"left", "right"}))


def list_marks(summary: Mapping[str, Any], movement: Movement) -> list[Fault]:
    """Return the marks of the timeline, the most serious first, then in order of time."""
    names = {spec.id: spec for spec in movement.faults}
    found = []
    for fault in summary.get("faults", []):
        spec = names.get(fault["id"])
        detail = ""
        if fault.get("value") is not None:
            unit = fault.get("unit", "")
            limit = fault.get("limit")
            held = f" (limit {format_quantity(limit, unit)})" if limit is not None else ""
            detail = f"{format_quantity(fault['value'], unit, fault.get('uncertainty'))}{held}"
        state = find_state(fault["severity"])
        cue = spec.cue if spec else str(fault.get("cue") or "")
        found.append(
            Fault(state, name_check(fault["id"], movement), cue, detail, float(fault["from_s"]), float(fault["to_s"]))
        )
    return sorted(found, key=lambda fault: (_GRAVEST_FIRST.index(fault.state), fault.from_s))


def say_verdict(summary: Mapping[str, Any], movement: Movement) -> Verdict:
    """Return the verdict of a recording in words."""
    state = summary.get("verdict", "cannot_tell")
    faults = list_marks(summary, movement)
    work_on: dict[str, DisplayState] = {}
    for fault in faults:
        work_on.setdefault(fault.cue or fault.name, fault.state)
    good, unseen = _describe_checks(summary, movement, {f["id"] for f in summary.get("faults", [])})
    return Verdict(
        state=state,
        headline=_HEADLINES.get(state, _HEADLINES["info"]),
        title=_write_title(summary, movement),
        why=str(summary.get("why", "")),
        facts=_collect_facts(summary),
        good=good,
        work_on=[(fault_state, words) for words, fault_state in work_on.items()],
        unseen=_list_view_reasons(summary) + unseen,
    )


def _write_title(summary: Mapping[str, Any], movement: Movement) -> str:
    parts = [", ".join([movement.name, *list_worked_sides(summary)])]
    source, view = summary.get("source", {}), summary.get("view", {})
    if source.get("duration_s"):
        parts.append(format_clock(source["duration_s"]))
    if view.get("kind") not in {None, "unknown"}:
        turned = format_quantity(view.get("yaw_deg"), "deg", view.get("yaw_uncertainty_deg"))
        parts.append(f"{view['kind']} view" + (f" (turned {turned})" if turned != "–" else ""))
    return " · ".join(parts)


def _collect_facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return hold, repetitions and how much was seen, each as a label and words."""
    if is_still(summary):
        return [("Photograph", "posture only, no times")]
    dose, facts = summary.get("dose", {}), []
    hold, repetitions = dose.get("hold_s") or {}, dose.get("repetitions") or {}
    if hold.get("target"):
        facts.append(("Held", f"{hold.get('done') or 0:.0f} of {hold['target']:.0f} s valid"))
    if repetitions.get("target"):
        facts.append(("Repetitions", f"{repetitions.get('done') or 0:.0f} of {repetitions['target']:.0f}"))
    if summary.get("seen_share") is not None:
        facts.append(("Person seen", f"{100 * summary['seen_share']:.0f} % of the time"))
    return facts


def _describe_checks(summary: Mapping[str, Any], movement: Movement, faulty: set[str]) -> tuple[list[str], list[str]]:
    """Return what was good and what could not be seen."""
    good: list[str] = []
    unseen: dict[str, list[str]] = {}
    for check in summary.get("checks", []):
        spec = movement.measures.get(check["id"])
        if spec is None and check["id"] not in {fault.id for fault in movement.faults}:
            continue
        name = spec.name if spec else f"No {name_check(check['id'], movement)}"
        shares = {key: float(check.get(f"{key}_share") or 0) for key in ("ok", "warn", "fix", "cannot_tell")}
        if shares["cannot_tell"] > 0.5:
            unseen.setdefault(str(check.get("reason") or ""), []).append(name_check(check["id"], movement))
        elif check["id"] not in faulty and shares["fix"] == 0 and shares["ok"] >= 0.8 * (1 - shares["cannot_tell"]):
            good.append(_capitalise(name))
    return good, [_capitalise(": ".join(filter(None, [", ".join(names), why]))) for why, names in unseen.items()]


def _capitalise(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _list_view_reasons(summary: Mapping[str, Any]) -> list[str]:
    """Return the view problems and the advice, unless the verdict already states them."""
    view, why = summary.get("view", {}), str(summary.get("why"))
    reasons = [str(reason) for reason in view.get("reasons", []) if view.get("verdict") in {"degraded", "refused"}]
    advice = view.get("advice") or ""
    unsaid = [_capitalise(reason) for reason in reasons if reason not in why]
    if unsaid and advice and advice not in why:
        unsaid[0] += f". {advice}."
    return unsaid

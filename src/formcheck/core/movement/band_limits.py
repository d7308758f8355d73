"""Take the limits of faults from the bands of their measures.

A condition of a fault may name a measure instead of a signal. ``{ measure = "back", above = "warn" }`` is met beyond
the upper end of the measure's warn band, and the uncertainty must not reach back into its target band. A moved
band moves the fault with it. With ``strong = true`` the condition reads the measure's strong signal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

BANDS = ("warn", "target")


def fill_in_bands(document: dict[str, Any]) -> list[str]:
    """Replace the measures that conditions name by signals and numbers; return the problems.

    Parameters
    ----------
    document : the tables of a movement file; conditions are changed in place.
    """
    measures = document.get("measures")
    faults = document.get("faults")
    if not isinstance(measures, dict) or not isinstance(faults, list):
        return []
    problems = []
    for fault in faults:
        for conditions in _list_groups(fault):
            for place, condition in enumerate(conditions):
                if isinstance(condition, dict) and "measure" in condition:
                    filled, problem = _fill_in(condition, measures)
                    conditions[place] = filled
                    if problem:
                        problems.append(f"faults.{fault.get('id', '?')}: {problem}")
    return problems


def _list_groups(fault: Any) -> Iterator[list[Any]]:
    """Yield every list of conditions of a fault."""
    if not isinstance(fault, dict):
        return
    groups = fault.get("or_when")
    for group in (fault.get("when"), *(groups if isinstance(groups, list) else [])):
        if isinstance(group, list):
            yield group


def _fill_in(condition: Mapping[str, Any], measures: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a condition with signal and numbers, and its problem; empty without one."""
    rest = {key: value for key, value in condition.items() if key not in ("measure", "strong")}
    name, is_strong = condition["measure"], condition.get("strong", False)
    measure = measures.get(name) if isinstance(name, str) else None
    if not isinstance(measure, dict):
        return rest, f"expected a measure of {', '.join(map(str, measures))}, got {name!r}"
    side = "above" if "above" in condition else "below"
    band = condition.get(side)
    if band not in BANDS:
        return rest, f"{side}: expected one of {', '.join(BANDS)} next to a measure, got {band!r}"
    end = 1 if side == "above" else 0
    limit = _read_end(measure, band, end)
    if limit is None:
        return rest, f"{side}: expected a {band} band of {name} with this end closed, got none"
    target = "strong_target" if is_strong and "strong_target" in measure else "target"
    clear = rest.get("clear", limit if band == "target" else _read_end(measure, target, end))
    filled = {**rest, "signal": measure.get("strong_signal" if is_strong else "signal"), side: limit}
    if clear is not None:
        filled["clear"] = clear
    filled.update({key: measure[key] for key in ("change", "reduce") if key in measure and not is_strong})
    return filled, ""


def _read_end(measure: Mapping[str, Any], band: str, end: int) -> float | None:
    """Return one end of a band; None if it is open, missing or no number."""
    ends = measure.get(band)
    if not isinstance(ends, list) or len(ends) != 2:
        return None
    value = ends[end]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

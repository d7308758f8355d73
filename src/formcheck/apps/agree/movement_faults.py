"""Which faults a movement looks for, and on which of its checks each of them rests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from formcheck.core.movement import FaultSpec, catalogue, load_movement


@cache
def faults_of(movement: str) -> Mapping[str, frozenset[str]] | None:
    """Return the faults of a movement of the catalogue, each with the checks it reads; None for any other movement.

    A fault reads a check where both look at the same signal. Of several ways in which a fault may show, the first that
    reads checks counts: the others stand in for it where it cannot be told, and see less. Some faults, such as
    bouncing, read none.

    Examples
    --------
    >>> faults_of("hamstring_hinge_standing")["back_rounding"]
    frozenset({'back'})
    """
    if movement not in catalogue():
        return None
    spec = load_movement(movement)
    checks: dict[str, set[str]] = {}
    for check, measure in spec.measures.items():
        checks.setdefault(measure.signal, set()).add(check)
    return {fault.id: _first_checks(fault, checks) for fault in spec.faults}


def _first_checks(fault: FaultSpec, checks: Mapping[str, set[str]]) -> frozenset[str]:
    read = (frozenset(c for condition in group for c in checks.get(condition.signal, ())) for group in fault.groups)
    return next(filter(None, read), frozenset())


@cache
def all_faults() -> frozenset[str]:
    """Return the ids of every fault of the catalogue."""
    return frozenset(fault for movement in catalogue() for fault in faults_of(movement) or ())


__all__ = ["all_faults", "faults_of"]

"""Compare measurements with the movement file: ok, warn, fix or cannot_tell.

The rule for every limit: the whole interval value ± uncertainty decides. A value in the fix range is reported as fix
only if the interval does not reach back into the target band. A value in the target band is good only if the interval
does not reach into the fix range. Between the two, the result is cannot_tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from formcheck.core.measure.joint_angles import Reference
from formcheck.core.movement.schema import Condition, FaultSpec, MeasureSpec, Movement, find_limits
from formcheck.core.movement.signals import MOTION_SIGNALS, NOT_YET, find_unit, resolve
from formcheck.core.reasons import Reason, ReasonCode

from .records import Assessment, FaultFinding, Finding, Measurements, PhaseState, Repetition, Status, Value

_TOO_CLOSE = Reason(ReasonCode.TOO_CLOSE_TO_LIMIT)
_NOT_MEASURED = Value(math.nan, math.nan)
PASSED_S = 1.0
"""In a repetition that was cut off, an extreme that lies further back than this was passed, so it is known."""
REDUCED_UNCERTAINTY_SHARE = 0.5
"""Share of the uncertainty that is left in a change.

Within one repetition and camera position most of the error is shared and cancels in a change: rendered cat-cows read
their range within 8 degrees where single values are off by 16.
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """Everything that the checks of one frame read."""

    measurements: Measurements
    phase: PhaseState
    reference: Reference
    repetition: Repetition | None

    def value(self, spec: Condition | MeasureSpec) -> Value:
        """Return a check's value, its uncertainty, and the reason if it is NaN."""
        if spec.reduce:
            return self._reduced(spec)
        if spec.signal in MOTION_SIGNALS:
            return self._motion(spec.signal)
        name = resolve(spec.signal, working=self.phase.side, near=self.phase.near)
        if name is None:
            return Value(math.nan, math.nan, Reason(ReasonCode.WORKING_SIDE_UNKNOWN))
        found = self.measurements.values[name]
        if not math.isfinite(found.value):
            return found if found.reason else found._replace(reason=Reason(ReasonCode.NOT_SEEN))
        if spec.change:
            start = self.reference.values.get(name, math.nan)
            why = None if math.isfinite(start) else Reason(ReasonCode.NO_START)
            return Value(found.value - start, found.uncertainty, why)
        return found

    def _motion(self, signal: str) -> Value:
        found = self.phase.motion.get(signal)
        if found is None or not math.isfinite(found.value):
            why = found.reason if found is not None else None
            missing = Reason(NOT_YET.get(signal, ReasonCode.NOT_STEADY))
            return Value(math.nan, MOTION_SIGNALS[signal], why or missing)
        return Value(found.value, found.uncertainty if math.isfinite(found.uncertainty) else MOTION_SIGNALS[signal])

    def _reduced(self, spec: Condition | MeasureSpec) -> Value:
        found = self.repetition.extremes.get(spec.signal) if self.repetition else None
        name = resolve(spec.signal, working=self.phase.side, near=self.phase.near) or spec.signal
        now = self.measurements.values.get(name, _NOT_MEASURED)
        u = now.uncertainty * REDUCED_UNCERTAINTY_SHARE
        if found is None:
            return Value(math.nan, u, now.reason or Reason(ReasonCode.NO_REPETITION))
        low, low_s, high, high_s = found
        reached_s = {"min": low_s, "max": high_s, "range": max(low_s, high_s)}[spec.reduce or "max"]
        cut = self.repetition is not None and self.repetition.is_cut_off
        if self.repetition is not None and cut and (self.repetition.end_s or reached_s) - reached_s < PASSED_S:
            return Value(math.nan, u, Reason(ReasonCode.REPETITION_CUT_OFF))
        return Value({"min": low, "max": high, "range": high - low}[spec.reduce or "max"], u)


def judge(value: float, u: float, spec: MeasureSpec) -> tuple[Status, Reason | None]:
    """Return status and reason of a value against a measure's bands.

    Examples
    --------
    >>> bands = {"target": [165, 182], "warn": [155, 188]}
    >>> spec = MeasureSpec(name="knee", signal="knee_near_deg", unit="deg", source="E", **bands)
    >>> judge(172, 4, spec), judge(140, 6, spec), judge(163, 9, spec)[0]
    (('ok', None), ('fix', None), 'cannot_tell')
    """
    (target_low, target_high), (warn_low, warn_high) = find_limits(spec.target), find_limits(spec.warn or spec.target)
    low, high = value - u, value + u
    if target_low <= value <= target_high:
        return ("ok", None) if low >= warn_low and high <= warn_high else ("cannot_tell", _TOO_CLOSE)
    if not (high < target_low or low > target_high):
        return "cannot_tell", _TOO_CLOSE
    return ("warn" if warn_low <= value <= warn_high else "fix"), None


def is_met(condition: Condition, value: float, u: float) -> bool | None:
    """Return whether a condition holds, or None if the interval does not allow a decision.

    Examples
    --------
    >>> bent = Condition(signal="knee_near_deg", below=155, clear=165)
    >>> is_met(bent, 140, 9), is_met(bent, 154, 12), is_met(bent, 170, 9)
    (True, None, False)
    """
    if not math.isfinite(value):
        return None
    clear = condition.limit if condition.clear is None else condition.clear
    past = value > condition.limit if condition.above is not None else value < condition.limit
    if not past:
        return False
    return True if (value - u > clear if condition.above is not None else value + u < clear) else None


def _group(conditions: list[Condition], look: _Look) -> tuple[bool | None, Reason | None]:
    """Return whether all conditions of a group hold.

    True: all are met. False: one is certainly not met. None: not decided, with the first reason.
    """
    reason: Reason | None = None
    met: list[bool | None] = []
    for condition in conditions:
        value, u, why = look.value(condition)
        met.append(None if why else is_met(condition, value, u))
        reason = reason or why or (_TOO_CLOSE if met[-1] is None else None)
    if False in met:
        return False, None
    return (True, None) if all(met) else (None, reason)


def find_fault(fault: FaultSpec, look: _Look) -> FaultFinding:
    """Return whether a fault shows, with the value that shows it.

    The value is that of the first condition in the first group whose conditions are all met.
    """
    reasons = []
    for group in fault.groups:
        met, reason = _group(group, look)
        if met:
            condition = group[0]
            value, u, _ = look.value(condition)
            is_above, unit = condition.above is not None, find_unit(condition.signal)
            return FaultFinding(
                present=True, value=value, uncertainty=u, limit=condition.limit, unit=unit, is_above=is_above
            )
        if met is None:
            reasons.append(reason)
    return FaultFinding(present=None, reason=reasons[0]) if reasons else FaultFinding(present=False)


def assess(measurements: Measurements, phase: PhaseState, movement: Movement, reference: Reference) -> Assessment:
    """Return all checks of one frame."""
    look = _Look(measurements, phase, reference, phase.ended or phase.repetition)
    # a measure over a repetition is checked when one ends, whatever phase comes next
    findings = tuple(
        _make_finding(check, spec, look)
        for check, spec in movement.measures.items()
        if phase.name in spec.phases or (spec.reduce is not None and phase.ended is not None)
    )
    faults = {fault.id: find_fault(fault, look) for fault in movement.faults if not _is_not_now(fault, phase)}
    return Assessment(measurements.time_s, phase.name, findings, faults)


def _is_not_now(fault: FaultSpec, phase: PhaseState) -> bool:
    if fault.at_end_of_repetition:
        return phase.ended is None
    return phase.name not in fault.phases


def _make_finding(check: str, spec: MeasureSpec, look: _Look) -> Finding:
    value, u, why = look.value(spec)
    low, high = (end if math.isfinite(end) else None for end in find_limits(spec.target))
    status, reason = judge(value, u, spec) if not why else ("cannot_tell", why)
    if why and spec.strong_signal:
        limits = spec.model_copy(update={"signal": spec.strong_signal, "target": spec.strong_target or spec.target})
        strong, strong_u, _ = look.value(limits)
        verdict = judge(strong, strong_u, limits)
        # a movement's size needs no neutral: a constant error of the estimate cancels
        if math.isfinite(strong) and (verdict[0] == "fix" or spec.reduce == "range"):
            value, u, (status, reason) = strong, strong_u, verdict
    return Finding(check, status, value, low, high, u, reason)

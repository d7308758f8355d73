"""A movement made concrete: who is in which posture at what time, with which fault and how much sway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .body import Body
from .faults import Fault
from .geometry import OTHER, SIDE_NAME, Controls, smooth
from .movement import Movement, Step
from .poses.limbs import Builder

DEFAULTS = dict(knee=3.0, knee_other=2.0, elbow=4.0, sit=-74.0, feet=0.62, balance=1.0)
"""What a builder assumes where a posture does not say."""
SCALES_WITH_DEPTH = {
    "lean", "lumbar", "thoracic", "neck", "head", "drive", "lift", "reach_side", "side_bend", "flex", "flex_other",
    "draw", "trunk",
}  # fmt: skip
_ON_THE_WAY = ("start", "step")
"""Postures that the depth of a clip leaves alone."""
_HAND_UP = "hand_up"
RAISE_S, LOWER_S, AFTER_S = 0.8, 0.7, 1.0
"""How long a hand takes up and down after the movement, and how long the person rests then."""


class Script:
    """A movement made concrete: `placement(t)` says what the body does at time t.

    Parameters
    ----------
    side : working side, "L" or "R".
    faults : of the clip list: id, and if wanted magnitude, window (shares of the hold), reps, hz, also (controls).
    depth : how far the end posture goes, 1 = as written.
    tempo : stretches the time of movements and holds.
    changes : posture -> controls that replace its own.
    reps : stop after so many repetitions.
    raises : after the movement, a hand goes up: which one ("near", "far", "both"), and how long it stays (`for_s`).
    """

    def __init__(
        self,
        movement: Movement,
        body: Body,
        side: str = "R",
        *,
        faults: Sequence[Mapping[str, Any]] = (),
        depth: float = 1.0,
        tempo: float = 1.0,
        changes: Mapping[str, Controls] | None = None,
        seed: int = 0,
        reps: int | None = None,
        raises: Mapping[str, Any] | None = None,
    ) -> None:
        self.movement, self.body, self.side = movement, body, side
        self.states = self._states(side, depth, changes or {})
        self.other_states = self._states(OTHER[side], depth, changes or {})
        self.raises = raises
        rules = movement.faults
        self.faults = [
            {"magnitude": rules[f["id"]].usual, "hz": rules[f["id"]].hz, **f, "rule": rules[f["id"]]} for f in faults
        ]
        self.steps, self.begin = self._timed_steps(tempo, reps)
        self.duration = self.begin[-1]
        self.held = {step.end for step, _ in self.steps if step.phase == "hold"}
        rng = np.random.default_rng(seed)
        self.sway_phase, self.sway_rate = rng.uniform(0, 6.28, 8), rng.uniform(0.75, 1.25, 8)

    def _states(self, side: str, depth: float, changes: Mapping[str, Controls]) -> dict[str, Controls]:
        states = {k: dict(v) for k, v in self.movement.postures(self.body, side).items()}
        first = next(iter(states.values()))
        for name, state in states.items():
            if state is first or name in _ON_THE_WAY:
                continue
            for k in SCALES_WITH_DEPTH & state.keys():
                state[k] = first.get(k, 0.0) + depth * (state[k] - first.get(k, 0.0))
            state.update(changes.get(name, {}))
        return states

    def _timed_steps(self, tempo: float, reps: int | None) -> tuple[list[tuple[Step, float]], list[float]]:
        steps, begin = [], [0.0]
        for step in self.movement.steps:
            if reps is not None and step.rep >= reps:
                continue
            seconds = step.seconds if step.phase in ("setup", "rest") else step.seconds * tempo
            for f in self.faults:
                if step.phase in f["rule"].speed and step.rep in f.get("reps", [step.rep]):
                    seconds = f["magnitude"]
            steps.append((step, seconds))
        steps += self._raising(steps[-1][0])
        for _, seconds in steps:
            begin.append(begin[-1] + seconds)
        return steps, begin

    def _raising(self, last: Step) -> list[tuple[Step, float]]:
        """Return the steps in which a hand goes up, stays and comes down; none where none does."""
        if self.raises is None:
            return []
        name, states = last.end, self.other_states if last.side == "other" else self.states
        raised = {"near": self.side, "far": OTHER[self.side], "both": "LR"}[self.raises["hand"]]
        states[_HAND_UP] = {**states[name], **{f"hand_up{side}": 1.0 for side in raised}}
        parts = (
            (name, _HAND_UP, RAISE_S),
            (_HAND_UP, _HAND_UP, self.raises["for_s"]),
            (_HAND_UP, name, LOWER_S),
            (name, name, AFTER_S),
        )
        return [
            (Step("rest", seconds, start, end, side=last.side, build=last.build), seconds)
            for start, end, seconds in parts
        ]

    def _at(self, t: float) -> tuple[int, float]:
        """Return the number of the step at time t and its progress 0..1."""
        k = min(int(np.searchsorted(self.begin, t, side="right")) - 1, len(self.steps) - 1)
        step, seconds = self.steps[k]
        x = float(np.clip((t - self.begin[k]) / seconds, 0, 1))
        return k, x if step.linear else smooth(x)

    def step_at(self, t: float) -> Step:
        """Return the step at time t (seconds)."""
        return self.steps[self._at(t)[0]][0]

    def side_of(self, step: Step) -> str:
        """Return the side that works in a step."""
        return OTHER[self.side] if step.side == "other" else self.side

    def placement(self, t: float) -> tuple[Controls, str, Builder]:
        """Return controls, working side and builder at time t (seconds)."""
        k, x = self._at(t)
        step = self.steps[k][0]
        states = self.other_states if step.side == "other" else self.states
        a, b = states[step.start], states[step.end]
        keys = {*a, *b}
        c = {n: (1 - x) * a.get(n, DEFAULTS.get(n, 0.0)) + x * b.get(n, DEFAULTS.get(n, 0.0)) for n in keys}
        for f in self.faults:
            self._apply(f, c, t)
        self._add_sway(c, t)
        self.movement.adjust(c, step, x)
        return c, self.side_of(step), step.build or self.movement.build

    # Faults ---------------------------------------------------------------------------------------------------------

    def _reached(self, k: int, x: float, rule: Fault) -> float:
        """Return how far the posture that a fault applies to has been reached, 0 where it does not apply."""
        step, seconds = self.steps[k]
        if step.rep < 0 or (rule.postures is not None and step.posture not in rule.postures):
            return 0.0
        if step.phase == "hold":  # a march comes in over a second and goes out over a second
            return smooth(min(x, 1 - x) * seconds) if step.linear else 1.0
        if step.posture not in self.held:
            return 0.0
        return x if step.phase == "move" else 1 - x

    def _envelope(self, fault: Mapping[str, Any], t: float) -> float:
        """Return how far a fault has developed at time t, 0..1."""
        k, x = self._at(t)
        if fault["rule"].always:
            return 1.0
        depth, rep = self._reached(k, x, fault["rule"]), self.steps[k][0].rep
        if depth <= 0 or rep not in fault.get("reps", [rep]):
            return 0.0
        w0, w1 = fault.get("window", (0.0, 1.0))
        holds = [i for i, (s, _) in enumerate(self.steps) if s.phase == "hold" and s.rep == rep]
        h0, h1 = self.begin[holds[0]], self.begin[holds[-1] + 1]
        if w0 > 0:
            depth = min(depth, smooth((t - h0 - w0 * (h1 - h0)) / 0.6 + 0.5))
        if w1 < 1:
            depth = min(depth, smooth((h0 + w1 * (h1 - h0) - t) / 0.6 + 0.5))
        return depth

    def _apply(self, fault: Mapping[str, Any], c: Controls, t: float) -> None:
        e, rule, m = self._envelope(fault, t), fault["rule"], fault["magnitude"]
        if e <= 0:
            return
        for key, share in rule.per_unit.items():
            c[key] = c.get(key, DEFAULTS.get(key, 0.0)) + e * share * m
        for key, share in fault.get("also", {}).items():
            c[key] = c.get(key, 0.0) + e * share * m
        for key, amount in rule.fixed.items():
            c[key] = c.get(key, DEFAULTS.get(key, 0.0)) + e * amount
        for key in rule.shrink:
            c[key] = c.get(key, 0.0) * (1 - m)
        k, _ = self._at(t)
        if rule.pulse and self.steps[k][0].phase == "hold":
            local = t - self.begin[k]
            ramp = max(min(1.0, local / 0.4, (self.begin[k + 1] - t) / 0.3), 0)
            wave = 0.5 * m * ramp * np.sin(2 * np.pi * fault["hz"] * local)
            for key, share in rule.pulse.items():
                c[key] = c.get(key, 0.0) + share * wave

    def _is_present(self, fault: Mapping[str, Any], t: float) -> bool:
        """Whether a fault is clearly there: more than 75 % developed."""
        step, rule = self.step_at(t), fault["rule"]
        if rule.speed:
            return step.phase in rule.speed and step.rep in fault.get("reps", [step.rep])
        return self._envelope(fault, t) > 0.75 and (not rule.pulse or step.phase == "hold")

    def _add_sway(self, c: Controls, t: float) -> None:
        """Add breathing (0.25 Hz) and slow postural sway, a few millimetres at the shoulders."""
        p, r = self.sway_phase, self.sway_rate

        def wave(hz: float, k: int, ahead: float = 0.0) -> float:
            return float(np.sin(2 * np.pi * hz * r[k] * t + p[k] + ahead))

        c["thoracic"] = c.get("thoracic", 0.0) + 0.55 * wave(0.25, 0)
        c["lumbar"] = c.get("lumbar", 0.0) + 0.30 * wave(0.25, 0, 0.6)
        c["neck"] = c.get("neck", 0.0) + 0.8 * wave(0.17, 1) + 0.4 * wave(0.41, 2)
        for key, amount in (
            ("lean", 0.35),
            ("trunk", 0.35),
            ("drive", 0.25),
            ("lift", 0.4),
            ("flex", 0.4),
            ("rock", 0.3),
        ):
            if key in c:
                c[key] += amount * wave(0.19, 3) + 0.4 * amount * wave(0.53, 4)

    # What the sidecar says ------------------------------------------------------------------------------------------

    def repetitions(self) -> list[dict[str, Any]]:
        """Return start, hold and end times of every repetition, with its side."""
        out: dict[int, dict[str, Any]] = {}
        for k, (step, _) in enumerate(self.steps):
            if step.rep < 0:
                continue
            a, b = round(self.begin[k], 3), round(self.begin[k + 1], 3)
            side = SIDE_NAME[self.side_of(step)]
            r = out.setdefault(step.rep, dict(side=side, start_s=a, hold_start_s=None, hold_end_s=None, end_s=b))
            r["end_s"] = b
            if step.phase == "hold":
                r["hold_start_s"] = a if r["hold_start_s"] is None else r["hold_start_s"]
                r["hold_end_s"] = b
                r.setdefault("holds", []).append(dict(posture=step.end, from_s=a, to_s=b))
        return list(out.values())

    def fault_windows(self) -> list[dict[str, Any]]:
        """Return the times during which every injected fault is clearly there."""
        out, per_s = [], 30
        times = np.arange(0, self.duration, 1 / per_s)
        for f in self.faults:
            on = np.array([self._is_present(f, t) for t in times], int)
            edges = np.flatnonzero(np.diff(np.r_[0, on, 0]))
            for a, b in zip(edges[::2], edges[1::2], strict=True):
                window = dict(id=f["id"], from_s=round(a / per_s, 2), to_s=round(b / per_s, 2))
                window |= dict(magnitude=f["magnitude"], unit=f["rule"].unit)
                out.append(window | (dict(hz=f["hz"]) if f["rule"].pulse else {}))
        return out

    def raised_hands(self) -> list[dict[str, Any]]:
        """Return which hands are up, and from when to when."""
        return [
            dict(hand=(self.raises or {})["hand"], from_s=round(self.begin[k], 3), to_s=round(self.begin[k + 1], 3))
            for k, (step, _) in enumerate(self.steps)
            if step.start == step.end == _HAND_UP
        ]

    def segments(self) -> list[dict[str, Any]]:
        """Return which movement is done from when to when; walking in and out does not belong to it."""
        inside = [k for k, (s, _) in enumerate(self.steps) if s.phase not in ("walk", "out_of_view")]
        name = self.movement.catalogue_id or self.movement.id
        side = SIDE_NAME[self.side] if self.movement.one_sided else None
        span = dict(from_s=round(self.begin[inside[0]], 3), to_s=round(self.begin[inside[-1] + 1], 3))
        return [dict(movement=name, side=side, **span)]

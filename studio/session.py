"""Several movements one after another in one recording, by one person who leaves the picture in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .geometry import Controls
from .movement import Step
from .poses.limbs import Builder
from .script import Script

GAP_S = 1.6
"""Seconds for which nobody is in the room between two movements."""


class Session:
    """Scripts in a row; answers the same questions as a `Script`."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self.scripts = scripts
        self.begin = [0.0]
        for script in scripts:
            self.begin.append(self.begin[-1] + script.duration + GAP_S)
        self.duration = self.begin[-1] - GAP_S

    def _at(self, t: float) -> tuple[Script, float]:
        """Return the script at time t and the time in it, which may lie behind its end."""
        k = max(i for i in range(len(self.scripts)) if self.begin[i] <= t)
        return self.scripts[k], t - self.begin[k]

    def step_at(self, t: float) -> Step:
        """Return the step at time t (seconds)."""
        script, local = self._at(t)
        return script.step_at(local) if local < script.duration else Step("out_of_view", GAP_S, "", "")

    def placement(self, t: float) -> tuple[Controls, str, Builder]:
        """Return controls, working side and builder at time t (seconds)."""
        script, local = self._at(t)
        return script.placement(min(local, script.duration))

    def repetitions(self) -> list[dict[str, Any]]:
        """Return the repetitions of all movements, each with its movement."""
        return [
            _later(r, begin) | dict(movement=script.segments()[0]["movement"])
            for script, begin in self._with_begin()
            for r in script.repetitions()
        ]

    def fault_windows(self) -> list[dict[str, Any]]:
        """Return the times during which every injected fault is clearly there."""
        return [_later(f, begin) for script, begin in self._with_begin() for f in script.fault_windows()]

    def segments(self) -> list[dict[str, Any]]:
        """Return which movement is done from when to when."""
        return [_later(s, begin) for script, begin in self._with_begin() for s in script.segments()]

    def _with_begin(self) -> list[tuple[Script, float]]:
        return list(zip(self.scripts, self.begin, strict=False))


def _later(entry: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the entry with every time moved, those of its holds too."""
    out = {k: round(v + seconds, 3) if k.endswith("_s") else v for k, v in entry.items()}
    if "holds" in out:
        out["holds"] = [_later(h, seconds) for h in out["holds"]]
    return out

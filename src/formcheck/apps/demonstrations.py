"""The clip in which a movement is done well, and the moments of it worth a picture."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .samples import sample_folders

MOST_PICTURES = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture of a clip: what it shows, and when."""

    words: str
    time_s: float


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A clip in which a movement is done well.

    Parameters
    ----------
    path : the recording.
    movement : id of the movement.
    moments : start, way in, hold, way out; for a cycle its two ends in place of the hold.
    """

    path: Path
    movement: str
    moments: tuple[Moment, ...]

    @property
    def shown_s(self) -> float:
        """When to take the one picture that stands for the whole."""
        return self.moments[-2].time_s if len(self.moments) > 1 else self.moments[0].time_s


def demonstration_of(movement_id: str) -> Demonstration | None:
    """Return the clip in which a movement is done well; None where there is none (yet)."""
    return demonstrations().get(movement_id)


def demonstrations() -> dict[str, Demonstration]:
    """Return movement id -> the clip that shows it done well, from the first folder that has any."""
    for folder in sample_folders():
        cards = [(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.json"))]
        found = [one for path, changed_ns in cards if (one := _read(path, changed_ns))]
        if found:
            # The one that says so in its name goes before others without a fault.
            found.sort(key=lambda one: one.path.stem.endswith("_good"))
            return {one.movement: one for one in found}
    return {}


@lru_cache(maxsize=500)
def _read(card_path: Path, changed_ns: int) -> Demonstration | None:
    """Read one card; the time of its last change is part of the name under which it is kept."""
    del changed_ns
    clip = card_path.with_suffix(".mp4")
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        movement, repetitions = str(card["movement"]), card["repetitions"]
        if card["faults"] or card["expect_cannot_tell"] or not clip.is_file():
            return None
        return Demonstration(clip, movement, tuple(moments_of(repetitions[0] if repetitions else {}, _length_s(card))))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _length_s(card: dict[str, Any]) -> float:
    return len(card["frames"]["joints_in_picture"]) / float(card["fps"])


def moments_of(repetition: dict[str, Any], length_s: float) -> list[Moment]:
    """Return four moments of a clip: of its first repetition, or evenly spread where it has none.

    Examples
    --------
    >>> once = {"start_s": 1.0, "hold_start_s": 3.0, "hold_end_s": 7.0, "end_s": 9.0}
    >>> [(moment.words, moment.time_s) for moment in moments_of(once, 10.0)]
    [('start', 0.5), ('way in', 2.0), ('hold', 5.0), ('way out', 8.0)]
    """
    if not repetition:
        return [Moment("on the way", length_s * (2 * part + 1) / 8) for part in range(MOST_PICTURES)]
    start_s, end_s = float(repetition["start_s"]), float(repetition["end_s"])
    holds = repetition.get("holds") or []
    if len(holds) > 1:
        first, last = ((float(one["from_s"]) + float(one["to_s"])) / 2 for one in (holds[0], holds[-1]))
        return [Moment("start", start_s / 2), Moment(str(holds[0]["posture"]), first),
                Moment("between", (first + last) / 2), Moment(str(holds[-1]["posture"]), last)]  # fmt: skip
    hold_start_s, hold_end_s = float(repetition["hold_start_s"]), float(repetition["hold_end_s"])
    return [
        Moment("start", start_s / 2),
        Moment("way in", (start_s + hold_start_s) / 2),
        Moment("hold", (hold_start_s + hold_end_s) / 2),
        Moment("way out", (hold_end_s + end_s) / 2),
    ]

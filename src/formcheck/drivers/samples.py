"""Find the clip that shows a movement done well, and its moments worth a picture."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from formcheck.core.movement.load import catalogue

_CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample recording.

    Parameters
    ----------
    path : the recording.
    movement : id of the movement it shows.
    title : its name on the page.
    shows : what the clip shows, one sentence.
    is_drawn : whether a computer drew the person instead of a camera.
    """

    path: Path
    movement: str
    title: str
    shows: str
    is_drawn: bool = False


def list_samples() -> list[Sample]:
    """Return every sample whose movement is in the catalogue, sorted by file name."""
    known = set(catalogue())
    for folder in list_sample_folders():
        found = [
            sample
            for path in sorted(folder.glob("*.mp4"))
            if (sample := _read_sample(path)) and sample.movement in known
        ]
        if found:
            return found
    return []


def list_sample_folders() -> list[Path]:
    """Return the folders of samples: from the environment, an installed package, or a checkout."""
    chosen = os.environ.get("FORMCHECK_SAMPLES")
    packaged = Path(str(resources.files("formcheck"))) / "sample_videos"
    return [Path(chosen)] if chosen else [packaged, _CHECKOUT / "sample_videos"]


def _read_sample(path: Path) -> Sample | None:
    try:
        card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        movement = str(card["movement"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    title = str(card.get("title") or path.stem.replace("_", " ").capitalize())
    is_drawn = str(card.get("schema_version", "")).startswith("clipstudio-")
    return Sample(path, movement, title, str(card.get("shows") or card.get("note") or ""), is_drawn)


CAUGHT = "hinge_caught"
"""The clip in which a back rounds, and becomes long again."""


def find_caught() -> Sample | None:
    """Return the clip that shows a fault and its correction; None if there is none."""
    return next((one for one in list_samples() if one.path.stem == CAUGHT), None)


_NO_WAY_S = 0.3


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A clip in which a movement is done well.

    Parameters
    ----------
    path : the recording.
    movement : id of the movement.
    moments_s : four moments worth a picture, seconds from the start: see `choose_moments`.
    shown_s : time of the one picture that represents the clip.
    faces : on which side of the hips the head is in that picture, left or right; empty if it is not known.
    """

    path: Path
    movement: str
    moments_s: tuple[float, ...]
    shown_s: float
    faces: str = ""


def find_demonstration(movement_id: str) -> Demonstration | None:
    """Return the clip in which a movement is done well; None if there is none."""
    return find_demonstrations().get(movement_id)


def find_demonstrations() -> dict[str, Demonstration]:
    """Return movement id -> the clip that shows it done well.

    They come from the first folder that has any.
    """
    known = set(catalogue())
    for folder in list_sample_folders():
        cards = [(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.json"))]
        found = [one for path, changed_ns in cards if (one := _read_demonstration(path, changed_ns))]
        if found:
            # The dict keeps the last clip: one named `_good` wins over other clips without a fault.
            found.sort(key=lambda one: one.path.stem.endswith("_good"))
            return {one.movement: one for one in found if one.movement in known}
    return {}


@lru_cache(maxsize=500)
def _read_demonstration(card_path: Path, changed_ns: int) -> Demonstration | None:
    """Read one card; the time of its last change is part of the cache key."""
    del changed_ns
    clip = card_path.with_suffix(".mp4")
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        movement, repetitions = str(card["movement"]), card["repetitions"]
        if card["faults"] or card["expect_cannot_tell"] or not clip.is_file():
            return None
        length_s = len(card["frames"]["joints_in_picture"]) / float(card["fps"])
        moments_s = choose_moments(repetitions[0] if repetitions else {}, length_s)
        # Of a cycle the last end, of all other movements the hold.
        is_cycle = bool(repetitions) and len(repetitions[0].get("holds") or []) > 1
        shown_s = moments_s[3 if is_cycle else 2]
        return Demonstration(clip, movement, moments_s, shown_s, _find_facing(card, shown_s))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _find_facing(card: dict[str, Any], time_s: float) -> str:
    """Return on which side of the hips the head is at a moment.

    Empty if the card does not say.
    """
    joints, number = card["frames"].get("joints_px", {}), int(time_s * float(card["fps"]))
    if not {"nose", "hip_left", "hip_right"} <= set(joints):
        return ""
    nose, left, right = (float(joints[name][number][0]) for name in ("nose", "hip_left", "hip_right"))
    return "right" if nose > (left + right) / 2 else "left"


def choose_moments(repetition: dict[str, Any], length_s: float) -> tuple[float, ...]:
    """Return four moments of a clip, seconds from its start.

    They are before, on the way in, in the hold and on the way out of its first repetition. Of a cycle: before, its
    first end, the way between, its last end. If there is no way in or out, as in a march, or no repetition is known,
    they are spread evenly.

    Examples
    --------
    >>> choose_moments({"start_s": 1.0, "hold_start_s": 3.0, "hold_end_s": 7.0, "end_s": 9.0}, 10.0)
    (0.5, 2.0, 5.0, 8.0)
    """
    if not repetition:
        return tuple(length_s * (2 * part + 1) / 8 for part in range(4))
    start_s, end_s = float(repetition["start_s"]), float(repetition["end_s"])
    holds = repetition.get("holds") or []
    if len(holds) > 1:
        first, last = ((float(one["from_s"]) + float(one["to_s"])) / 2 for one in (holds[0], holds[-1]))
        return start_s / 2, first, (first + last) / 2, last
    hold_start_s, hold_end_s = float(repetition["hold_start_s"]), float(repetition["hold_end_s"])
    if hold_start_s - start_s < _NO_WAY_S:
        quarter_s = (hold_end_s - hold_start_s) / 4
        return start_s / 2, hold_start_s + quarter_s, hold_start_s + 2 * quarter_s, hold_start_s + 3 * quarter_s
    return start_s / 2, (start_s + hold_start_s) / 2, (hold_start_s + hold_end_s) / 2, (hold_end_s + end_s) / 2

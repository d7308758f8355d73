"""The recordings that come with formcheck, to try it out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from formcheck.core.movement import catalogue

_CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording to try.

    Parameters
    ----------
    path : the recording.
    movement : id of the movement it shows.
    title : its name on the page.
    shows : what is to be seen in it, one sentence.
    is_drawn : whether a computer drew it and nobody was filmed.
    """

    path: Path
    movement: str
    title: str
    shows: str
    is_drawn: bool = False


def list_samples() -> list[Sample]:
    """Return every sample whose movement is in the catalogue, sorted by file name."""
    known = set(catalogue())
    for folder in sample_folders():
        found = [
            sample for path in sorted(folder.glob("*.mp4")) if (sample := _read(path)) and sample.movement in known
        ]
        if found:
            return found
    return []


def sample_folders() -> list[Path]:
    """Return where samples may lie: as told, in an installed package, in a checkout."""
    told = os.environ.get("FORMCHECK_SAMPLES")
    packaged = Path(str(resources.files("formcheck.apps"))).parent / "sample_videos"
    return [Path(told)] if told else [packaged, _CHECKOUT / "sample_videos"]


def _read(path: Path) -> Sample | None:
    try:
        card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        movement = str(card["movement"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    title = str(card.get("title") or path.stem.replace("_", " ").capitalize())
    is_drawn = str(card.get("schema_version", "")).startswith("clipstudio-")
    return Sample(path, movement, title, str(card.get("shows") or card.get("note") or ""), is_drawn)

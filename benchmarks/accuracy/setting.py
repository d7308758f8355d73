"""What a rendered clip shows, as far as a breakdown needs it: camera, clothes, body, picture, movement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import load_movement

MOST_YAW_DEG = 15.0
"""Numbers are compared in side views up to here; beyond it formcheck itself widens its uncertainty."""
YAW_BINS: tuple[tuple[float, str], ...] = (
    (15.0, "0 to 15°"),
    (30.0, "15 to 30°"),
    (45.0, "30 to 45°"),
    (90.0, "over 45°"),
)
DISTANCE_BINS: tuple[tuple[float, str], ...] = (
    (2.5, "up to 2.5 m"),
    (3.0, "2.5 to 3 m"),
    (4.0, "3 to 4 m"),
    (math.inf, "over 4 m"),
)
HEIGHT_BINS: tuple[tuple[float, str], ...] = (
    (1.65, "up to 1.65 m tall"),
    (1.75, "1.65 to 1.75 m tall"),
    (math.inf, "over 1.75 m tall"),
)
WEIGHT_BINS: tuple[tuple[float, str], ...] = ((0.4, "light"), (0.6, "of middle weight"), (math.inf, "heavy"))
"""On the body model's own scale, 0..1."""
GENDER_BINS: tuple[tuple[float, str], ...] = ((0.5, "female"), (math.inf, "male"))
"""On the body model's own scale, 0..1."""
CLOTHES = ("tight", "normal", "loose", "baggy")
HARD = (
    "dim", "noise", "blur", "baggy", "ponytail", "long_hair", "far", "oblique", "second_person", "in_front", "cut_off",
)  # fmt: skip
"""What the sidecar's `hard` may name; others are taken as they come."""
PLAIN = "plain"
UNKNOWN = "not known"
FROM_FRONT = "from the front"

Truth = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a clip shows.

    Parameters
    ----------
    view : side, oblique or front.
    yaw_deg : how far the camera is from an exact side view, 0..90; NaN where it is not known.
    groups : breakdown -> the groups this clip belongs to.
    """

    view: str = "side"
    yaw_deg: float = math.nan
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def side_on(self) -> bool:
        """Whether the camera is one from which numbers are compared."""
        return self.view == "side" and self.yaw_deg <= MOST_YAW_DEG


def setting_of(truth: Truth) -> Setting:
    """Return what a clip shows, from its truth."""
    view = truth["camera"].get("view", "side")
    groups = {name: labels(truth) for name, labels in BREAKDOWNS.items()}
    return Setting(view, true_yaw_deg(truth), groups)


def true_yaw_deg(truth: Truth) -> float:
    """Return how far the camera truly is from an exact side view, 0..90; from the front the truth counts on."""
    camera = truth["camera"]
    off_deg = abs(float(camera.get("yaw_deg", 0.0)))
    return 90.0 - off_deg if camera.get("view") == "front" else off_deg


# Groups ---------------------------------------------------------------------------------------------------------------


def bin_of(value: float | None, bins: Sequence[tuple[float, str]]) -> str:
    """Return the name of the first bin that reaches up to a value.

    Examples
    --------
    >>> bin_of(15.0, YAW_BINS), bin_of(15.1, YAW_BINS), bin_of(None, YAW_BINS)
    ('0 to 15°', '15 to 30°', 'not known')
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    return next((name for end, name in bins if value <= end), UNKNOWN)


def _yaw(truth: Truth) -> tuple[str, ...]:
    front = truth["camera"].get("view") == "front"
    return (FROM_FRONT if front else bin_of(true_yaw_deg(truth), YAW_BINS),)


def _clothes(truth: Truth) -> tuple[str, ...]:
    return (str((truth.get("clothing") or {}).get("fit") or UNKNOWN),)


def _body(truth: Truth) -> tuple[str, ...]:
    body = truth.get("body") or {}
    asked = (("weight", WEIGHT_BINS), ("gender", GENDER_BINS), ("height_m", HEIGHT_BINS))
    return tuple(bin_of(body[key], bins) for key, bins in asked if key in body) or (UNKNOWN,)


def _picture(truth: Truth) -> tuple[str, ...]:
    """What is hard about the picture: `hard` names one thing, several, or is a table with what is hard as its keys."""
    hard, camera = truth.get("hard") or (), truth["camera"]
    named = (hard,) if isinstance(hard, str) else tuple(str(name) for name in hard)
    seen = ("oblique",) if camera.get("view") == "oblique" else ()
    return tuple(dict.fromkeys((*named, *seen, *(("cut_off",) if camera.get("crop") else ())))) or (PLAIN,)


def _distance(truth: Truth) -> tuple[str, ...]:
    return (bin_of(truth["camera"].get("distance_m"), DISTANCE_BINS),)


def _movement(truth: Truth) -> tuple[str, ...]:
    return (truth["movement"] or "nobody",)


def _posture(truth: Truth) -> tuple[str, ...]:
    """The posture that the movement's file names."""
    try:
        return (load_movement(truth["movement"] or "nobody").posture.replace("_", " "),)
    except MovementFileError:
        return (UNKNOWN,)


BREAKDOWNS: dict[str, Callable[[Truth], tuple[str, ...]]] = {
    "yaw": _yaw,
    "picture": _picture,
    "clothing": _clothes,
    "body": _body,
    "distance": _distance,
    "posture": _posture,
    "movement": _movement,
}
"""What numbers are broken down by -> the groups of a clip."""
ANY_YAW = frozenset({"yaw", "picture"})
"""Breakdowns in which oblique clips count too: there the camera is the question."""
_ORDER: dict[str, tuple[str, ...]] = {
    "yaw": (*(name for _, name in YAW_BINS), FROM_FRONT),
    "picture": (PLAIN, *HARD),
    "clothing": CLOTHES,
    "body": tuple(name for bins in (WEIGHT_BINS, GENDER_BINS, HEIGHT_BINS) for _, name in bins),
    "distance": tuple(name for _, name in DISTANCE_BINS),
}


def in_order(breakdown: str, groups: set[str]) -> list[str]:
    """Return groups in the order a reader expects; unexpected ones come last, sorted."""
    known = _ORDER.get(breakdown, ())
    return [name for name in known if name in groups] + sorted(groups.difference(known))

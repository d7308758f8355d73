"""One pose made ready for measuring, and the start posture that change is measured against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from . import view
from .back import Bend
from .contour import TrunkAxis
from .geometry import Point, mid
from .network import DEFAULT
from .records import PoseFrame
from .skeleton import INDEX, PAIRS, Side
from .view import TRUNK_PER_SHOULDERS

SeenFrom = Literal["side", "front", "any"]
"""From where a measurement can be seen."""
_FEET = tuple(zip(PAIRS["foot_index"], PAIRS["heel"], strict=True))
NO_ROUNDED = "no calibration of your rounded back"
FRONT_UNKNOWN = "front and back cannot be told apart"


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The person's own start posture, against which change is measured.

    Parameters
    ----------
    values : name -> median value in the start posture.
    neutral : (33,) contour descriptor of the own neutral back, or None where there is none.
    neutral_reason : why there is no neutral; empty where there is one.
    trunk_px : trunk length in the start posture, px.
    shoulders_px : distance between the shoulders in the start posture, px.
    xy : (33) points of the start posture, px; empty before it was seen.
    rounded : how far the own gently rounded back bends against the own neutral, or None where that is not known.
    rounded_reason : why it is not known; empty where it is.
    """

    values: dict[str, float] = field(default_factory=dict)
    neutral: NDArray[np.float64] | None = None
    neutral_reason: str = "your own neutral back was not seen"
    trunk_px: float = math.nan
    shoulders_px: float = math.nan
    xy: list[Point] = field(default_factory=list)
    rounded: Bend | None = None
    rounded_reason: str = NO_ROUNDED

    def mid(self, part: str) -> Point:
        """Return the point half-way between left and right in the start posture, NaN before it was seen."""
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right]) if self.xy else (math.nan, math.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One pose made ready for measuring; landmarks as plain numbers."""

    pose: PoseFrame
    xy: list[Point]
    axis: TrunkAxis
    yaw_deg: float
    reference: Reference
    scale_px: float
    near: Side
    person_share: float
    network: str = DEFAULT
    forward: float = field(init=False)
    """+1 where the toes point right in the picture, -1 left; NaN where no foot was found."""

    def __post_init__(self) -> None:
        ahead = [x for toes, heel in _FEET if math.isfinite(x := self.xy[toes][0] - self.xy[heel][0])]
        object.__setattr__(self, "forward", math.copysign(1.0, sum(ahead)) if ahead else math.nan)

    def mid(self, part: str) -> Point:
        """Return the point half-way between the left and the right landmark of a part."""
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right])

    def tl(self, px: float) -> float:
        """Return a distance in trunk lengths."""
        return px / self.scale_px

    def front_tl(self, px: float) -> float:
        """Return a distance across the picture in trunk lengths, for a camera in front: from the shoulders' width."""
        shoulders_px = self.reference.shoulders_px
        if not math.isfinite(shoulders_px):
            shoulders_px = self.apart_px
        return px / (shoulders_px * TRUNK_PER_SHOULDERS) if shoulders_px > 0 else math.nan

    @property
    def apart_px(self) -> float:
        """Distance between the shoulders, px."""
        left, right = PAIRS["shoulder"]
        return math.dist(self.xy[left], self.xy[right])

    def start(self, landmark: str) -> Point:
        """Return where a landmark was in the start posture, NaN before it was seen."""
        return self.reference.xy[INDEX[landmark]] if self.reference.xy else (math.nan, math.nan)

    @property
    def blocked(self) -> dict[SeenFrom, str]:
        """Why measurements that need a view say nothing in this picture; empty where they do."""
        side = "" if self.axis.sure else FRONT_UNKNOWN
        return {
            "side": side if self.yaw_deg <= view.MAX_YAW_DEG else view.NOT_SIDE_ON,
            "front": "" if self.yaw_deg >= view.MIN_FRONT_YAW_DEG else view.NOT_IN_FRONT,
            "any": "",
        }

    @property
    def widening(self) -> float:
        """How much wider than from the best camera place what is seen from the side is unsure (catalogue 0.3)."""
        beyond = (self.yaw_deg - view.GOOD_YAW_DEG) / view.YAW_RAMP_DEG
        return 1.0 + 2 / 3 * min(1.0, max(0.0, beyond))

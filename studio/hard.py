"""What makes a clip hard: things between camera and person, and what the sidecar says about it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .body import Body
from .camera import Camera
from .geometry import Array
from .movement import Placed
from .rooms import IN_FRONT, Parts
from .truth import STATIONS, back_contour, out_of_chest

CLEAR_M = 0.15
"""What stands in front keeps this far from the joint nearest to the camera."""
_HAIR = dict(pony="ponytail", long="long_hair")


def hard_of(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the hard cases of a clip and how hard each is, for the sidecar; empty for an ordinary clip."""
    hair = spec.get("clothes", {}).get("hairstyle")
    return (
        dict(spec.get("picture", {}))
        | ({"baggy": True} if spec.get("fit") == "baggy" else {})
        | ({_HAIR[hair]: True} if hair in _HAIR else {})
        | {k: spec[k] for k in ("second_person", "in_front") if k in spec}
        | spec.get("hard", {})
    )


def back_place(body: Body, placed: Placed, near: str, share: float) -> Array:
    """Return the place on the back's edge seen exactly side-on, 0 at hip level .. 1 at shoulder level; y = 0."""
    skin, plane = body.skin(placed.world, placed.pos) + placed.shift, [0, 2]
    hip, shoulder = placed.joints["hip" + near][plane], placed.joints["shoulder" + near][plane]
    contour, _ = back_contour(skin[:, plane], hip, shoulder, out_of_chest(body, placed)[plane])
    x, z = hip if contour is None else contour[round(share * (STATIONS - 1))]
    return np.array([x, 0.0, z])


def stand_in_front(kind: str, place: Array, placed: Sequence[Placed], camera: Camera) -> Parts:
    """Return a piece of furniture that covers a place for the camera and touches nobody.

    Parameters
    ----------
    kind : arm (of a chair, along the person) or post (of a chair's back, upright).
    place : what is covered, near the plane y = 0.
    """
    sign = np.sign(camera.eye[1])
    y = sign * (max(sign * j[1] for p in placed for j in p.joints.values()) + CLEAR_M)
    covering = place + (y - place[1]) / (camera.eye[1] - place[1]) * (camera.eye - place)
    return IN_FRONT[kind](*(float(v) for v in covering))

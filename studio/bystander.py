"""A second person in the room, behind the one who is checked: stands or sits there and moves a little."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import rooms
from .camera import WIDTH, Camera
from .dress import DressedBody
from .geometry import Array, rot_z
from .movement import Placed, Step, put_on_floor
from .movements.sitting import seat_under
from .poses.limbs import Anchor
from .poses.sitting import chair_sitting
from .poses.standing import standing
from .worlds import Rng, make_body, make_clothes

Mesh = dict[str, Any]
_STEP = Step("hold", 1.0, "there", "there")
_TURN_DEG = 60.0
"""How far at most from facing the camera."""


class Bystander:
    """Another person; the truth says nothing about this person.

    Parameters
    ----------
    posture : standing or sitting.
    rng : fixes body, clothes, direction and rhythm.
    place : [x, y] on the floor, metres.
    away : direction on the floor from the camera to the person, [x, y].
    """

    def __init__(self, posture: str, world: str, rng: Rng, *, place: Array, away: Array) -> None:
        self.body = make_body(rng, world)
        _, clothes = make_clothes(rng, world)
        self.posture = {"standing": self._stand, "sitting": self._sit}[posture]
        self.dressed = DressedBody(self.body, **clothes)
        facing = np.degrees(np.arctan2(-away[1], -away[0])) + rng.uniform(-_TURN_DEG, _TURN_DEG)
        self.turn, self.to = rot_z(facing), np.array([*place, 0.0])
        self.rate, self.phase = rng.uniform(0.8, 1.2, 3), rng.uniform(0, 6.28, 3)
        stool = rooms.stool(*seat_under(self.body, self._placed(0.0))) if posture == "sitting" else []
        self.furniture = [self._moved(m) for m in stool]

    def meshes(self, t: float) -> list[Mesh]:
        """Return the surfaces at time t (seconds)."""
        p = self._placed(t)
        return [self._moved(dict(m, v=m["v"] + p.shift)) for m in self.dressed.meshes(p.world, p.pos)]

    def _moved(self, mesh: Mesh) -> Mesh:
        return dict(mesh, v=mesh["v"] @ self.turn.T + self.to, n=mesh["n"] @ self.turn.T)

    def _placed(self, t: float) -> Placed:
        pose, anchor = self.posture(t)
        return put_on_floor(self.body, pose, anchor, time_s=t, step=_STEP, floor_z=0.0)

    def _wave(self, hz: float, k: int, t: float) -> float:
        return float(np.sin(2 * np.pi * hz * self.rate[k] * t + self.phase[k]))

    def _stand(self, t: float) -> tuple[dict[str, Any], Anchor]:
        """Return standing with a bent arm that comes and goes, as with a cup."""
        sway, arm, look = self._wave(0.13, 0, t), self._wave(0.22, 1, t), self._wave(0.1, 2, t)
        pose, anchor = standing(self.body, dict(lean=3 + 2 * sway, step=0.07, neck=8 + 8 * look), "R")
        return pose | dict(uparmR=-22 - 8 * arm, forearmR=-85 - 35 * arm, side_bend=2 * sway), anchor

    def _sit(self, t: float) -> tuple[dict[str, Any], Anchor]:
        """Return sitting with the hands on the thighs, now more upright and now less."""
        sway, look, k = self._wave(0.15, 0, t), self._wave(0.1, 2, t), self.body.scale
        hands = self.body.shank_len + self.body.ankle_h + 0.07 * k
        back = dict(lumbar=12 + 4 * sway, thoracic=10 + 4 * sway, neck=4 + 8 * look)
        return chair_sitting(self.body, dict(lean=2 + 4 * sway, hands_x=0.27 * k, hands_z=hands, **back), "R")


def place_beside(camera: Camera, away: Array, behind_m: float, column: float) -> Array:
    """Return [x, y] on the floor, so far behind the middle of the room, that is drawn in a column of the picture.

    Parameters
    ----------
    away : direction on the floor from the camera to the person, [x, y].
    column : 0 left edge .. 1 right edge.
    """
    steps = np.linspace(-5, 5, 201)
    places = away * behind_m + np.outer(steps, [-away[1], away[0]])
    columns = camera.project(np.c_[places, np.full(len(places), 0.9)])[:, 0] / WIDTH
    return np.asarray(places[np.argmin(np.abs(columns - column))])

"""What a movement is: postures, steps between them, faults, furniture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .body import Body
from .faults import Fault
from .geometry import Array, Controls, Pose
from .mesh import thumbs
from .poses.limbs import Anchor, Builder

if TYPE_CHECKING:
    from .script import Script


class Placed(NamedTuple):
    """A person in one frame: `joints` and `shift` are in the room, `world` and `pos` in the frame of the body."""

    time_s: float
    step: Step
    pose: Pose
    world: Array
    pos: Array
    joints: dict[str, Array]
    shift: Array


def put_on_floor(body: Body, pose: Pose, anchor: Anchor, *, time_s: float, step: Step, floor_z: float) -> Placed:
    """Return the person in a pose, lowest skin on the floor, the middle of the hips over y = 0."""
    joint, x = anchor
    world, pos = body.forward(pose)
    joints = body.joints(world, pos)
    middle = (joints["hipL"][1] + joints["hipR"][1]) / 2
    lowest = body.skin(world, pos)[~thumbs(), 2].min()  # a drooping thumb may sink into the mat
    shift = np.array([x - joints[joint][0], -middle, floor_z - lowest])
    joints = {k: v + shift for k, v in joints.items()}
    return Placed(time_s, step, pose, world, pos, joints, shift)


@dataclass(frozen=True)
class Step:
    """A piece of time between two postures.

    Parameters
    ----------
    phase : setup, move, hold, return, rest, walk or out_of_view.
    seconds : at tempo 1.
    start, end : names of postures.
    rep : number of the repetition it belongs to, -1 = none.
    side : "" or "other": the side that works instead of the clip's own.
    linear : constant speed instead of a soft start and end.
    build : builder instead of the movement's own.
    """

    phase: str
    seconds: float
    start: str
    end: str
    rep: int = -1
    side: str = ""
    linear: bool = False
    build: Builder | None = None

    @property
    def posture(self) -> str:
        """The posture it reaches, holds, or comes back from."""
        return self.start if self.phase == "return" else self.end


@dataclass(frozen=True)
class Movement:
    """What a person does, and what can go wrong.

    Parameters
    ----------
    id : of the catalogue.
    build : pose builder.
    postures : (body, side) -> name -> controls; the first is where the person starts.
    steps : in order.
    faults : id -> fault.
    sagittal_faults : what an oblique view must answer with "cannot tell".
    ankle_faults : what needs the feet in the picture.
    one_sided : whether a side works.
    view : side or front.
    furniture : (script, placed frames) -> meshes.
    camera_height : range in metres for the random choice.
    catalogue_id : written to the sidecar where it differs from `id`.
    on_back : the back of the head is on the floor, so there is no bun of hair.
    adjust : changes the controls in place, given the step and its progress.
    """

    id: str
    build: Builder
    postures: Callable[[Body, str], dict[str, Controls]]
    steps: tuple[Step, ...]
    faults: Mapping[str, Fault]
    sagittal_faults: tuple[str, ...] = ()
    ankle_faults: tuple[str, ...] = ()
    one_sided: bool = False
    view: str = "side"
    furniture: Callable[[Script, Sequence[Placed]], list[dict[str, Any]]] = lambda script, placed: []  # noqa: ARG005
    camera_height: tuple[float, float] = (0.60, 0.90)
    catalogue_id: str = ""
    on_back: bool = False
    adjust: Callable[[Controls, Step, float], None] = field(default=lambda c, step, x: None)  # noqa: ARG005


def hold_script(
    hold: float = 4.0, move: float = 2.0, back: float = 2.0, setup: float = 1.5, rest: float = 0.7
) -> tuple[Step, ...]:
    """Return the steps of one repetition, each argument in seconds."""
    return (
        Step("setup", setup, "start", "start"),
        Step("move", move, "start", "end", 0),
        Step("hold", hold, "end", "end", 0),
        Step("return", back, "end", "start", 0),
        Step("rest", rest, "start", "start"),
    )


def reps_script(
    n: int, up: float, hold: float, down: float, *, rest: float, setup: float, sides: Sequence[str] = ()
) -> tuple[Step, ...]:
    """Return the steps of n repetitions, times in seconds; `sides` says which side works in each."""
    out = [Step("setup", setup, "start", "start")]
    for k in range(n):
        side = sides[k] if sides else ""
        out += [
            Step("move", up, "start", "end", k, side),
            Step("hold", hold, "end", "end", k, side),
            Step("return", down, "end", "start", k, side),
            Step("rest", rest, "start", "start", -1, side),
        ]
    return tuple(out)

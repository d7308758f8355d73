"""Movements done on hands and knees, on the heels, on one knee."""

from __future__ import annotations

from ..body import Body
from ..faults import DEG, FRACTION, GAZE_KEPT, HEAD_UP, METRES, SECONDS, SPINE_FLEX, Fault
from ..geometry import Controls
from ..movement import Movement, Step, hold_script, reps_script
from ..poses.kneeling import all_fours, childs_pose, half_kneel

_COW = dict(lumbar=-30.0, thoracic=-10.0, neck=-17.0, head=-6.0)
_CAT = dict(lumbar=38.0, thoracic=34.0, neck=22.0, head=6.0)


def _cat_cow_steps(cycles: int = 3, move: float = 1.15, hold: float = 0.9) -> tuple[Step, ...]:
    out = [Step("setup", 1.5, "start", "start")]
    for k in range(cycles):
        for posture in ("cow", "cat"):
            out += [
                Step("move", move, "start", posture, k),
                Step("hold", hold, posture, posture, k),
                Step("return", move, posture, "start", k),
            ]
    return (*out, Step("rest", 0.6, "start", "start"))


CAT_COW = Movement(
    "cat_cow",
    all_fours,
    lambda body, side: dict(start={}, cow=_COW, cat=_CAT),  # noqa: ARG005
    _cat_cow_steps(),
    camera_height=(0.35, 0.7),
    faults=dict(
        shallow_cat=Fault(FRACTION, 0.88, shrink=("lumbar", "thoracic"), postures=("cat",)),
        shallow_cow=Fault(FRACTION, 0.95, shrink=("lumbar", "thoracic"), postures=("cow",)),
        neck_only=Fault(FRACTION, 0.93, shrink=("lumbar", "thoracic")),
        hips_rocking=Fault(DEG, 28.0, {"rock": -1.0}, postures=("cat",)),
        elbows_bend=Fault(DEG, 58.0, {"elbow": 1.0}, postures=("cow",)),
        neck_crank=Fault(DEG, 70.0, {"neck": -0.85, "head": -0.15}, postures=("cow",)),
        rushed=Fault(SECONDS, 0.5, speed=("move", "return")),
    ),
    sagittal_faults=("shallow_cat", "shallow_cow", "hips_rocking", "neck_only", "elbows_bend", "neck_crank"),
)

_BIRD_DOG_END = dict(arm_lift=1.0, leg_lift=1.0, neck=-4.0, lumbar=-2.0)

BIRD_DOG = Movement(
    "bird_dog",
    all_fours,
    lambda body, side: dict(start=dict(neck=-2.0), end=_BIRD_DOG_END),  # noqa: ARG005
    reps_script(2, 1.9, 2.4, 1.8, rest=0.4, setup=1.3, sides=("", "other")),
    one_sided=True,
    camera_height=(0.35, 0.7),
    faults=dict(
        leg_too_high=Fault(DEG, 28.0, {"leg_up": 1.0, "lumbar": -0.8}),
        back_rounding=Fault(SPINE_FLEX, 48.0, {"lumbar": 0.55, "thoracic": 0.45, "neck": -GAZE_KEPT}),
        head_up=HEAD_UP,
        wobble=Fault(DEG, 15.0, pulse={"rock": 1.0}, hz=0.7),
        same_side=Fault(FRACTION, 1.0, {"arm_same": 1.0}, shrink=("arm_lift",)),
    ),
    sagittal_faults=("leg_too_high", "back_rounding", "head_up", "wobble"),
    ankle_faults=("leg_too_high",),
)

_FOLDED = dict(fold=1.0, lumbar=20.0, thoracic=12.0, neck=8.0, shrug=10.0)

CHILDS_POSE = Movement(
    "childs_pose",
    childs_pose,
    lambda body, side: dict(start=dict(fold=0.0), end=_FOLDED),  # noqa: ARG005
    hold_script(4.2, 3.0, 3.0, 1.3, 0.5),
    camera_height=(0.30, 0.6),
    faults=dict(
        hips_high=Fault(DEG, 42.0, {"sit": 1.0}),
        head_lifted=Fault(METRES, 0.16, {"head_up": 1.0, "neck": -260.0}),
    ),
    sagittal_faults=("hips_high", "head_lifted"),
    ankle_faults=("hips_high",),
)


def _side_reach_postures(body: Body, side: str) -> dict[str, Controls]:  # noqa: ARG001
    toward = 1.0 if side == "L" else -1.0
    return dict(start=_FOLDED, end=dict(_FOLDED, reach_side=0.34 * toward, side_bend=-34.0 * toward))


SIDE_REACH = Movement(
    "childs_pose_side_reach",
    childs_pose,
    _side_reach_postures,
    reps_script(2, 1.8, 2.6, 1.5, rest=0.3, setup=1.4, sides=("", "other")),
    one_sided=True,
    view="front",
    camera_height=(1.0, 1.3),
    faults=dict(small_reach=Fault(FRACTION, 0.85, shrink=("reach_side", "side_bend"))),
)

HIP_FLEXOR = Movement(
    "kneeling_hip_flexor",
    half_kneel,
    lambda body, side: dict(start=dict(drive=0.0), end=dict(drive=13.0)),  # noqa: ARG005
    hold_script(4.5, 2.0, 1.8),
    one_sided=True,
    camera_height=(0.5, 0.85),
    faults=dict(
        back_arching=Fault(DEG, 36.0, {"lumbar": -1.0, "lean": 0.72, "thoracic": -0.15, "drive": 0.25}),
        leaning_forward=Fault(DEG, 36.0, {"lean": 1.0}),
        leaning_back=Fault(DEG, 22.0, {"lean": -1.0, "lumbar": -0.2}),
        no_hip_drive=Fault(FRACTION, 0.95, shrink=("drive",)),
        front_knee_travel=Fault(METRES, 0.22, {"step": -1.0}, always=True),
    ),
    sagittal_faults=("back_arching", "leaning_forward", "leaning_back", "front_knee_travel"),
)

ALL = (CAT_COW, BIRD_DOG, CHILDS_POSE, SIDE_REACH, HIP_FLEXOR)

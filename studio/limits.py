"""The catalogue's limits, for the truth: is an injected fault beyond "fix", is everything else inside the target?"""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """A fault is there where the measure is past `fix`, and absent where it is not past `target`.

    Parameters
    ----------
    sign : +1 where more is worse, -1 where less is.
    """

    fault: str
    measure: str
    sign: int
    fix: float
    target: float


def _more(fault: str, measure: str, fix: float, target: float) -> Limit:
    return Limit(fault, measure, 1, fix, target)


def _less(fault: str, measure: str, fix: float, target: float) -> Limit:
    return Limit(fault, measure, -1, fix, target)


_ROUNDING = _more("back_rounding", "dcurve", 12, 7)
_HEAD_LIFTS = _more("head_lifts", "ear_rise", 0.12, 0.05)
_OTHER_LEG_LIFTS = _more("other_leg_lifts", "leg_other", 20, 10)

LIMITS: dict[str, list[Limit]] = {
    "hamstring_hinge_standing": [
        _ROUNDING,
        _less("over_arch", "dcurve", -6, -4),
        _less("stretch_knee_bent", "knee_work", 155, 165),
        _more("head_hanging", "dhead", 35, 20),
        _less("chin_poke", "dhead", -30, -15),
        _less("no_hip_back", "hip_ratio", 0.35, 0.60),
    ],
    "seated_forward_bend": [
        _ROUNDING,
        _less("knees_bent", "knee_work", 150, 165),
        _more("head_drop", "dhead", 35, 20),
        _less("slumped_start", "start_trunk", -10, -5),
    ],
    "chair_back_stretch": [
        _ROUNDING,
        _less("chest_sinking", "dcurve", -6, -4),
        _less("elbows_bend", "elbow", 145, 160),
        _less("knees_bent", "knee_work", 150, 165),
        _less("too_close", "trunk", 45, 65),
        _less("head_up", "dhead", -30, -15),
    ],
    "kneeling_hip_flexor": [
        _less("back_arching", "dcurve_low", -5, -3),
        _more("leaning_forward", "trunk", 20, 10),
        _less("leaning_back", "trunk", -12, -5),
        _more("front_knee_travel", "front_shin", 20, 10),
    ],
    "cat_cow": [
        _less("shallow_cat", "cat", 4, 8),
        _more("shallow_cow", "cow", -1.5, -3),
        _more("hips_rocking", "drift", 0.20, 0.10),
        _less("elbows_bend", "elbow_min", 145, 160),
        _less("neck_crank", "dhead_min", -45, -45),
        _less("rushed", "cycle_s", 4, 6),
    ],
    "bird_dog": [
        _more("leg_too_high", "leg_line", 12, 5),
        _more("back_rounding", "dcurve", 5, 3),
        _less("head_up", "dhead", -30, -15),
        _more("wobble", "sway", 0.08, 0.04),
        _more("same_side", "same_arm", 0.5, 0.5),
    ],
    "childs_pose": [_more("hips_high", "hip_ankle", 0.70, 0.40)],
    "childs_pose_side_reach": [],
    "knee_to_chest_single": [
        _OTHER_LEG_LIFTS,
        _less("other_knee_bends", "knee_other", 150, 165),
        _HEAD_LIFTS,
        _more("over_pull", "hip_flexion", 135, 125),
    ],
    "knees_to_chest": [_HEAD_LIFTS],
    "hamstring_doorway_supine": [_less("raised_knee_bent", "knee_work", 150, 165), _OTHER_LEG_LIFTS],
    "figure_four_supine": [_HEAD_LIFTS],
    "cobra": [
        _more("hips_off_floor", "hip_rise", 0.18, 0.10),
        _less("neck_crank", "dhead", -50, -30),
        _less("shrug", "ear_shoulder", 0.65, 0.80),
        _more("feet_lift", "ankle_rise", 0.15, 0.10),
        _less("knees_bend", "knee_work", 155, 165),
    ],
    "plank": [
        _more("hips_sag", "line", 195, 188),
        _less("hips_pike", "line", 163, 172),
        _more("head_drop", "dhead_abs", 30, 15),
    ],
    "glute_bridge": [
        _more("over_arch", "fold", 190, 182),
        _less("low_bridge", "fold", 150, 165),
        _more("feet_far", "knee_work", 125, 110),
    ],
    "partial_crunch": [_more("full_situp", "slope", 45, 30), _more("neck_pull", "dhead", 40, 25)],
    "warmup_march": [_more("stooped_march", "trunk", 20, 15)],
    "desk_posture": [_more("slumped", "dcurve", 8, 5)],
    "desk_microbreak": [_less("break_skipped", "hip_rise", 0.50, 0.50)],
    "pelvic_tilt_supine": [_more("hips_lifting", "hip_rise", 0.10, 0.05)],
    "plough": [],
    "quadriceps_stretch": [
        _more("leaning_forward", "trunk", 20, 10),
        _more("knee_forward", "thigh_forward", 20, 10),
    ],
}
SPEED_LIMITS = dict(plough=70.0)
"""Peak speed in deg/s beyond which a speed fault is there; `SPEED_LIMIT` for all others."""
SPEED_LIMIT = 100.0

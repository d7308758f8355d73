"""Name the parts of the body, and the stretches that suit each.

Plain names of muscle groups; no name of an illness. What suits an area comes from the written catalogue
(docs/catalogue.md) and from the `helps` of the movement files; it is an order of offers, no promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Area:
    """One part of the body.

    Parameters
    ----------
    code : as it is stored.
    name : in plain words, as after "your".
    muscles : the muscle group in a few words, for the list.
    seen_from : the drawing on which it lies.
    movements : ids of the stretches that suit it, the most useful first.
    """

    code: str
    name: str
    muscles: str
    seen_from: Literal["front", "back"]
    movements: tuple[str, ...]


AREAS: tuple[Area, ...] = (
    Area("neck", "neck and shoulders", "neck and upper shoulder muscles", "back",
         ("desk_microbreak", "chair_back_stretch", "desk_posture")),
    Area("upper_back", "upper back", "muscles between the shoulder blades", "back",
         ("cat_cow", "childs_pose", "chair_back_stretch", "spinal_twist")),
    Area("flank", "side of the trunk", "side muscles of the trunk", "back", ("childs_pose_side_reach", "spinal_twist")),
    Area("low_back", "low back", "muscles along the low spine", "back",
         ("cat_cow", "knee_to_chest_single", "childs_pose", "pelvic_tilt_supine", "glute_bridge", "knees_to_chest")),
    Area("buttock", "buttocks", "gluteal muscles", "back",
         ("figure_four_supine", "glute_bridge", "knee_to_chest_single")),
    Area("thigh_back", "back of the thighs", "hamstrings", "back",
         ("hamstring_hinge_standing", "hamstring_doorway_supine", "seated_forward_bend")),
    Area("calf", "calves", "calf muscles", "back", ("hamstring_doorway_supine", "warmup_march")),
    Area("belly", "belly", "abdominal muscles", "front", ("pelvic_tilt_supine", "partial_crunch", "plank")),
    Area("hip_front", "front of the hips", "hip flexors", "front",
         ("kneeling_hip_flexor", "quadriceps_stretch", "cobra")),
    Area("thigh_front", "front of the thighs", "quadriceps", "front", ("quadriceps_stretch", "kneeling_hip_flexor")),
)  # fmt: skip
BY_CODE = {area.code: area for area in AREAS}


def name_areas(codes: list[str]) -> str:
    """Return the names of some areas in one phrase.

    Examples
    --------
    >>> name_areas(["low_back", "thigh_back"])
    'your low back and back of the thighs'
    >>> name_areas([])
    ''
    """
    names = [BY_CODE[code].name for code in codes if code in BY_CODE]
    if not names:
        return ""
    return "your " + (names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}")

"""Problems of the camera position, and one piece of advice, in words.

`summary.json`, the terminal, the review page and the live page use the same words. They give one advice at a time, the
most important first: a problem that prevents all judging comes before one that only makes the result less sure.

The height of the camera is not reported. In the picture of a camera that looks down, near and far feet lie at different
heights, but the depth of the far foot is only the pose model's guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from formcheck.core.measure.camera_view import (
    GOOD_PERSON_SHARE,
    GOOD_YAW_DEG,
    MAX_YAW_DEG,
    MIN_FRONT_YAW_DEG,
    MIN_PERSON_SHARE,
)
from formcheck.core.measure.joint_angles import MEASUREMENTS
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.phases.timeseries import MIN_FPS, RATE_SLACK
from formcheck.core.reasons import Reason, ReasonCode, describe_reason
from formcheck.core.skeleton import LANDMARKS, Side
from formcheck.languages.phrase import Phrase, join

from .framing import MAX_ROLL_DEG, MOSTLY, Edge, Framing

_TOO_FEW = Reason(ReasonCode.TOO_FEW_PICTURES)

STEP_INTO = Phrase("Step into the picture")
STEP_BACK_INTO = Phrase("Step back into the picture")
COME_CLOSER = Phrase("Come closer to the camera")
TO_THE_MIDDLE = Phrase("Move to the middle of the picture")
TIP = {"bottom": Phrase("Tip the camera down a little"), "top": Phrase("Tip the camera up a little")}
TURN_SIDE = {"left": Phrase("Turn your left side to the camera"), "right": Phrase("Turn your right side to the camera")}
TURN_SIDEWAYS = Phrase("Turn sideways to the camera")
TURN_A_LITTLE = Phrase("Turn a little more to the side")
TURN_TO_CAMERA = Phrase("Turn to face the camera")
LEVEL_ADVICE = Phrase("Put the camera level")
ALONE = Phrase("Only you in the picture, please")
MORE_PICTURES = Phrase("Film ten or more pictures a second")
MORE_LIGHT = Phrase("More light in front of you, please")
LOWER = Phrase("Put the screen lower")
WHO_STRETCHES = Phrase("Two people: who stretches? Raise a hand")
STEP_BACK = Phrase("Step back until I see your {part}")
STEP_ALL_BACK = Phrase("Step back until I see all of you")
MOVE_BACK = Phrase("Move back until I see your {part}")
MOVE_ALL_BACK = Phrase("Move back until I see all of you")
LET_SEE = Phrase("Let the camera see {part}")

SMALL_FOR_FRONT = 2.0
"""A person who folds towards the camera is foreshortened, not far away."""
ROOM_SHARE = 0.15
"""With this share of free room on the other side, stepping back is not needed."""
_OPPOSITE: Mapping[Edge, Edge] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_BODY_PARTS = (
    (Phrase("head"), "head", ("nose", "eye", "ear", "mouth")),
    (Phrase("hands"), "hand", ("wrist", "pinky", "thumb", "index")),
    (Phrase("elbows"), "elbow", ("elbow",)),
    (Phrase("shoulders"), "shoulder", ("shoulder",)),
    (Phrase("hips"), "hip", ("hip",)),
    (Phrase("knees"), "knee", ("knee",)),
    (Phrase("feet"), "foot", ("ankle", "heel", "foot")),
)
"""Everyday names of the landmarks, from head to feet.

Each entry: the name of both, of one, and the first words of the landmarks' names.
"""


class ProblemCode(StrEnum):
    """What is wrong with the camera's place; code decides by it, never by the words."""

    UNSEEN = "unseen"
    CROPPED = "cropped"
    SMALL = "small"
    RATHER_SMALL = "rather_small"
    TURNED = "turned"
    A_LITTLE_TURNED = "a_little_turned"
    ROLLED = "rolled"
    WORKING_SIDE_AWAY = "working_side_away"
    OTHER_SIDE_WANTED = "other_side_wanted"
    HIDDEN = "hidden"
    CROWDED = "crowded"
    WHO_STRETCHES = "who_stretches"
    TOO_FEW_PICTURES = "too_few_pictures"
    TOO_DARK = "too_dark"
    LOOKED_DOWN_UPON = "looked_down_upon"


class Problem(NamedTuple):
    """One problem of the camera position.

    Parameters
    ----------
    code : which one it is.
    reason : the problem, in words.
    advice : what to do about it, at most eight words.
    refused : nothing can be judged from this position.
    slight : worth a remark, but the session need not wait for it.
    """

    code: ProblemCode
    reason: str
    advice: str
    refused: bool = False
    slight: bool = False


def find_problems(framing: Framing, movement: Movement) -> list[Problem]:
    """Return the problems of the camera position, the most important first.

    The list is empty if there is none.
    """
    if not math.isfinite(framing.yaw_deg):
        return [Problem(ProblemCode.UNSEEN, Phrase("nobody was seen"), STEP_INTO, refused=True)]
    found = [p for looked in _LOOKS for p in looked(framing, movement)]
    return sorted(found, key=lambda problem: not problem.refused)


# Checks ---------------------------------------------------------------------------------------------------------------


def _find_cropped(framing: Framing, movement: Movement) -> Iterator[Problem]:
    beyond = {i: edge for i, edge in framing.outside.items() if i in list_needed_landmarks(framing, movement)}
    if not beyond:
        return
    parts = _name_parts(beyond)
    is_head = [one for _, one, _ in parts] == ["head"]
    outside = (
        Phrase("your head is outside the picture")
        if is_head
        else Phrase("your {parts} are outside the picture").format(parts=_join_words([both for both, _, _ in parts]))
    )
    edge, *others = set(beyond.values())
    if not others and framing.room.get(_OPPOSITE[edge], 0.0) >= ROOM_SHARE:
        yield Problem(ProblemCode.CROPPED, outside, TIP.get(edge, TO_THE_MIDDLE))
    else:
        back, all_back = (STEP_BACK, STEP_ALL_BACK) if movement.place == "standing" else (MOVE_BACK, MOVE_ALL_BACK)
        yield Problem(ProblemCode.CROPPED, outside, back.format(part=parts[0][0]) if len(parts) == 1 else all_back)


def _find_small(framing: Framing, movement: Movement) -> Iterator[Problem]:
    share = framing.person_share * (SMALL_FOR_FRONT if movement.view.camera == "front" else 1.0)
    if share < MIN_PERSON_SHARE:
        yield Problem(ProblemCode.SMALL, Phrase("you are small in the picture"), COME_CLOSER, refused=True)


def _find_turned(framing: Framing, movement: Movement) -> Iterator[Problem]:
    yaw_deg, camera = framing.yaw_deg, movement.view.camera
    if camera == "front" and yaw_deg < MIN_FRONT_YAW_DEG:
        yield Problem(
            ProblemCode.TURNED,
            Phrase("the camera is about {deg}° away from a front view").format(deg=f"{90 - yaw_deg:.0f}"),
            TURN_TO_CAMERA,
            refused=True,
        )
    if camera == "side" and yaw_deg > MAX_YAW_DEG:
        side = _choose_wanted_side(framing, movement) or framing.near
        yield Problem(
            ProblemCode.TURNED, _describe_yaw(yaw_deg), TURN_SIDE[side] if side else TURN_SIDEWAYS, refused=True
        )


def _find_rolled(framing: Framing, _movement: Movement) -> Iterator[Problem]:
    roll = framing.roll
    if roll is not None and abs(roll.deg) - roll.uncertainty_deg > MAX_ROLL_DEG:
        tilted = Phrase("the camera looks tilted by about {deg}°, give or take {doubt}").format(
            deg=f"{abs(roll.deg):.0f}", doubt=f"{roll.uncertainty_deg:.0f}"
        )
        yield Problem(ProblemCode.ROLLED, tilted, LEVEL_ADVICE, slight=True)


def _find_away(framing: Framing, movement: Movement) -> Iterator[Problem]:
    side = _choose_wanted_side(framing, movement)
    if side and framing.near and side != framing.near and framing.yaw_deg <= MAX_YAW_DEG:
        yield Problem(
            ProblemCode.WORKING_SIDE_AWAY,
            _describe_away(side),
            TURN_SIDE[side],
        )


def _find_hidden(framing: Framing, movement: Movement) -> Iterator[Problem]:
    near = framing.near or ""
    mine = {
        i for i in framing.hidden & list_needed_landmarks(framing, movement) if LANDMARKS[i].startswith(near) and near
    }
    if mine:
        _, one, _ = _name_parts(mine)[-1]
        part = Phrase(f"your {near} {one}")
        yield Problem(
            ProblemCode.HIDDEN,
            Phrase("{part} is hidden from the camera").format(part=part),
            LET_SEE.format(part=part),
            slight=True,
        )


def _find_crowded(framing: Framing, _movement: Movement) -> Iterator[Problem]:
    if framing.crowded_share > MOSTLY:
        yield Problem(
            ProblemCode.CROWDED, Phrase("two people are in the picture; one was followed"), ALONE, slight=True
        )


def _find_a_little_turned(framing: Framing, movement: Movement) -> Iterator[Problem]:
    if movement.view.camera == "side" and GOOD_YAW_DEG < framing.yaw_deg <= MAX_YAW_DEG:
        yield Problem(ProblemCode.A_LITTLE_TURNED, _describe_yaw(framing.yaw_deg), TURN_A_LITTLE, slight=True)


def _find_rather_small(framing: Framing, movement: Movement) -> Iterator[Problem]:
    share = framing.person_share * (SMALL_FOR_FRONT if movement.view.camera == "front" else 1.0)
    if MIN_PERSON_SHARE <= share < GOOD_PERSON_SHARE:
        yield Problem(ProblemCode.RATHER_SMALL, Phrase("you are rather small in the picture"), COME_CLOSER, slight=True)


def _find_too_few_pictures(framing: Framing, _movement: Movement) -> Iterator[Problem]:
    if 0 < framing.fps < RATE_SLACK * MIN_FPS:
        few = Phrase("{few} (about {fps}) to measure speed, bounce, stillness and hesitation").format(
            few=describe_reason(_TOO_FEW), fps=f"{framing.fps:.0f}"
        )
        yield Problem(ProblemCode.TOO_FEW_PICTURES, few, MORE_PICTURES, slight=True)


_LOOKS = (
    _find_cropped,
    _find_small,
    _find_turned,
    _find_rolled,
    _find_away,
    _find_hidden,
    _find_crowded,
    _find_a_little_turned,
    _find_rather_small,
    _find_too_few_pictures,
)


# Words ----------------------------------------------------------------------------------------------------------------


def list_needed_landmarks(framing: Framing, movement: Movement) -> frozenset[int]:
    """Return the landmarks that the movement's measures need and that this view shows."""
    near = framing.near
    signals = [movement.drive.signal, *(measure.signal for measure in movement.measures.values())]
    names = (resolve(signal, working=framing.working or near, near=near) for signal in signals)
    return frozenset(i for name in names if name in MEASUREMENTS for i in MEASUREMENTS[name].parts)


def _choose_wanted_side(framing: Framing, movement: Movement) -> Side | None:
    """Return the side that should be next to the camera, or None for either."""
    fixed = movement.view.near == "working" and not movement.dose.alternating
    return framing.working if fixed else None


def list_parts_seen(framing: Framing, movement: Movement) -> list[tuple[str, bool]]:
    """Return the everyday names of the needed joints, and whether each is seen.

    They are ordered from head to feet.
    """
    wanted, near = list_needed_landmarks(framing, movement), framing.near or ""
    mine = [i for i in sorted(wanted) if not near or LANDMARKS[i].startswith(near) or "_" not in LANDMARKS[i]]
    unseen = [part[0] for part in _name_parts(i for i in mine if i in framing.hidden or i in framing.outside)]
    absent = not math.isfinite(framing.person_share)
    return [(both, not absent and both not in unseen) for both, _, _ in _name_parts(mine)]


def _name_parts(landmarks: Iterable[int]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the everyday names of these landmarks, from head to feet."""
    names = [LANDMARKS[i].removeprefix("left_").removeprefix("right_") for i in landmarks]
    return [part for part in _BODY_PARTS if any(name.startswith(part[2]) for name in names)]


def _join_words(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return Phrase("{first} and {last}").format(first=join(", ", words[:-1]), last=words[-1])


def _describe_away(side: Side) -> str:
    if side == "left":
        return Phrase("your left side does the movement but is turned away from the camera")
    return Phrase("your right side does the movement but is turned away from the camera")


def _describe_yaw(yaw_deg: float) -> str:
    return Phrase("the camera is about {deg}° away from a side view").format(deg=f"{yaw_deg:.0f}")

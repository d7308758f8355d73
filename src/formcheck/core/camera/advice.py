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

from .framing import MOSTLY, Edge, Framing
from .roll import MAX_ROLL_DEG

_TOO_FEW = Reason(ReasonCode.TOO_FEW_PICTURES)

STEP_INTO = "Step into the picture"
STEP_BACK_INTO = "Step back into the picture"
COME_CLOSER = "Come closer to the camera"
TO_THE_MIDDLE = "Move to the middle of the picture"
TIP = {"bottom": "Tip the camera down a little", "top": "Tip the camera up a little"}
TURN_SIDE = {"left": "Turn your left side to the camera", "right": "Turn your right side to the camera"}
TURN_SIDEWAYS = "Turn sideways to the camera"
TURN_A_LITTLE = "Turn a little more to the side"
FACE = "Turn to face the camera"
LEVEL_ADVICE = "Put the camera level"
ALONE = "Only you in the picture, please"
MORE_PICTURES = "Film ten or more pictures a second"
MORE_LIGHT = "More light in front of you, please"
LOWER = "Put the screen lower"
WHO_STRETCHES = "Two people: who stretches? Raise a hand"

SMALL_FOR_FRONT = 2.0
"""A person who folds towards the camera is foreshortened, not far away."""
ROOM_SHARE = 0.15
"""With this share of free room on the other side, stepping back is not needed."""
_OPPOSITE: Mapping[Edge, Edge] = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_BODY_PARTS = (
    ("head", "head", ("nose", "eye", "ear", "mouth")),
    ("hands", "hand", ("wrist", "pinky", "thumb", "index")),
    ("elbows", "elbow", ("elbow",)),
    ("shoulders", "shoulder", ("shoulder",)),
    ("hips", "hip", ("hip",)),
    ("knees", "knee", ("knee",)),
    ("feet", "foot", ("ankle", "heel", "foot")),
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
        return [Problem(ProblemCode.UNSEEN, "nobody was seen", STEP_INTO, refused=True)]
    found = [p for looked in _LOOKS for p in looked(framing, movement)]
    return sorted(found, key=lambda problem: not problem.refused)


# Checks ---------------------------------------------------------------------------------------------------------------


def _find_cropped(framing: Framing, movement: Movement) -> Iterator[Problem]:
    beyond = {i: edge for i, edge in framing.outside.items() if i in list_needed_landmarks(framing, movement)}
    if not beyond:
        return
    parts = [both for both, _, _ in _name_parts(beyond)]
    verb = "is" if parts == ["head"] else "are"
    reason = f"your {_join_words(parts)} {verb} outside the picture"
    edge, *others = set(beyond.values())
    if not others and framing.room.get(_OPPOSITE[edge], 0.0) >= ROOM_SHARE:
        yield Problem(ProblemCode.CROPPED, reason, TIP.get(edge, TO_THE_MIDDLE))
    else:
        back = "Step back" if movement.place == "standing" else "Move back"
        yield Problem(
            ProblemCode.CROPPED, reason, f"{back} until I see {f'your {parts[0]}' if len(parts) == 1 else 'all of you'}"
        )


def _find_small(framing: Framing, movement: Movement) -> Iterator[Problem]:
    share = framing.person_share * (SMALL_FOR_FRONT if movement.view.camera == "front" else 1.0)
    if share < MIN_PERSON_SHARE:
        yield Problem(ProblemCode.SMALL, "you are small in the picture", COME_CLOSER, refused=True)


def _find_turned(framing: Framing, movement: Movement) -> Iterator[Problem]:
    yaw_deg, camera = framing.yaw_deg, movement.view.camera
    if camera == "front" and yaw_deg < MIN_FRONT_YAW_DEG:
        yield Problem(
            ProblemCode.TURNED,
            f"the camera is about {90 - yaw_deg:.0f}° away from a front view",
            FACE,
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
        about = f"about {abs(roll.deg):.0f}°, give or take {roll.uncertainty_deg:.0f}"
        yield Problem(ProblemCode.ROLLED, f"the camera looks tilted by {about}", LEVEL_ADVICE, slight=True)


def _find_away(framing: Framing, movement: Movement) -> Iterator[Problem]:
    side = _choose_wanted_side(framing, movement)
    if side and framing.near and side != framing.near and framing.yaw_deg <= MAX_YAW_DEG:
        yield Problem(
            ProblemCode.WORKING_SIDE_AWAY,
            f"your {side} side does the movement but is turned away from the camera",
            TURN_SIDE[side],
        )


def _find_hidden(framing: Framing, movement: Movement) -> Iterator[Problem]:
    near = framing.near or ""
    mine = {
        i for i in framing.hidden & list_needed_landmarks(framing, movement) if LANDMARKS[i].startswith(near) and near
    }
    if mine:
        _, one, _ = _name_parts(mine)[-1]
        part = f"your {near} {one}"
        yield Problem(
            ProblemCode.HIDDEN, f"{part} is hidden from the camera", f"Let the camera see {part}", slight=True
        )


def _find_crowded(framing: Framing, _movement: Movement) -> Iterator[Problem]:
    if framing.crowded_share > MOSTLY:
        yield Problem(ProblemCode.CROWDED, "two people are in the picture; one was followed", ALONE, slight=True)


def _find_a_little_turned(framing: Framing, movement: Movement) -> Iterator[Problem]:
    if movement.view.camera == "side" and GOOD_YAW_DEG < framing.yaw_deg <= MAX_YAW_DEG:
        yield Problem(ProblemCode.A_LITTLE_TURNED, _describe_yaw(framing.yaw_deg), TURN_A_LITTLE, slight=True)


def _find_rather_small(framing: Framing, movement: Movement) -> Iterator[Problem]:
    share = framing.person_share * (SMALL_FOR_FRONT if movement.view.camera == "front" else 1.0)
    if MIN_PERSON_SHARE <= share < GOOD_PERSON_SHARE:
        yield Problem(ProblemCode.RATHER_SMALL, "you are rather small in the picture", COME_CLOSER, slight=True)


def _find_too_few_pictures(framing: Framing, _movement: Movement) -> Iterator[Problem]:
    if 0 < framing.fps < RATE_SLACK * MIN_FPS:
        about = f"{describe_reason(_TOO_FEW)} (about {framing.fps:.0f})"
        yield Problem(
            ProblemCode.TOO_FEW_PICTURES,
            f"{about} to measure speed, bounce, stillness and hesitation",
            MORE_PICTURES,
            slight=True,
        )


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
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _describe_yaw(yaw_deg: float) -> str:
    return f"the camera is about {yaw_deg:.0f}° away from a side view"

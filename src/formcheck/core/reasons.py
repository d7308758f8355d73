"""Why a value is unknown: codes that decide, and one table of words."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from formcheck.languages.phrase import Phrase


class ReasonCode(StrEnum):
    """Why something is unknown.

    Code decides by these, never by the words. They are written to `summary.json`, so a member that was released keeps
    its value.
    """

    NOT_SEEN = "not_seen"
    NOBODY_SEEN = "nobody_seen"
    NOT_SEEN_LONG_ENOUGH = "not_seen_long_enough"
    LANDMARK_OUTSIDE = "landmark_outside"
    LANDMARK_HIDDEN = "landmark_hidden"
    LANDMARK_NOT_FOUND = "landmark_not_found"
    NOT_SIDE_ON = "not_side_on"
    NOT_IN_FRONT = "not_in_front"
    FRONT_UNKNOWN = "front_unknown"
    WORKING_SIDE_UNKNOWN = "working_side_unknown"
    NO_START = "no_start"
    NOT_IN_START = "not_in_start"
    NO_ANGLE = "no_angle"
    NO_DEPTH = "no_depth"
    NO_FEET = "no_feet"
    NO_SILHOUETTE = "no_silhouette"
    BACK_EDGE_HIDDEN = "back_edge_hidden"
    BACK_EDGE_COVERED = "back_edge_covered"
    NO_NEUTRAL = "no_neutral"
    NEUTRAL_NOT_CLEAR = "neutral_not_clear"
    START_ALREADY_ROUND = "start_already_round"
    START_ALREADY_HOLLOW = "start_already_hollow"
    READINGS_DISAGREE = "readings_disagree"
    BACK_EDGE_JUMPED = "back_edge_jumped"
    NO_ROUNDED = "no_rounded"
    TALL_AND_ROUND_ALIKE = "tall_and_round_alike"
    TOO_CLOSE_TO_LIMIT = "too_close_to_limit"
    TOO_FEW_PICTURES = "too_few_pictures"
    NOT_STEADY = "not_steady"
    NO_STEPS = "no_steps"
    NO_HOLD = "no_hold"
    NO_HOLD_BEFORE = "no_hold_before"
    NO_REPETITION = "no_repetition"
    REPETITION_CUT_OFF = "repetition_cut_off"
    NO_WHOLE_APPROACH = "no_whole_approach"


_WORDS = {
    ReasonCode.NOT_SEEN: Phrase("it is not seen"),
    ReasonCode.NOBODY_SEEN: Phrase("nobody is seen"),
    ReasonCode.NOT_SEEN_LONG_ENOUGH: Phrase("it was not seen long enough"),
    ReasonCode.LANDMARK_OUTSIDE: Phrase("{landmark} outside the picture"),
    ReasonCode.LANDMARK_HIDDEN: Phrase("{landmark} hidden from the camera"),
    ReasonCode.LANDMARK_NOT_FOUND: Phrase("{landmark} was not found"),
    ReasonCode.NOT_SIDE_ON: Phrase("the camera is not side-on"),
    ReasonCode.NOT_IN_FRONT: Phrase("the camera is not in front"),
    ReasonCode.FRONT_UNKNOWN: Phrase("it is not clear which way the body faces"),
    ReasonCode.WORKING_SIDE_UNKNOWN: Phrase("the working side is not known"),
    ReasonCode.NO_START: Phrase("your start posture was not seen"),
    ReasonCode.NOT_IN_START: Phrase("you were not in the start posture"),
    ReasonCode.NO_ANGLE: Phrase("two joints overlap in the picture"),
    ReasonCode.NO_DEPTH: Phrase("these poses have no depth"),
    ReasonCode.NO_FEET: Phrase("no feet were found"),
    ReasonCode.NO_SILHOUETTE: Phrase("no silhouette of the back was seen"),
    ReasonCode.BACK_EDGE_HIDDEN: Phrase("the edge of the back is hidden or blurred"),
    ReasonCode.BACK_EDGE_COVERED: Phrase("something covers the edge of the back"),
    ReasonCode.NO_NEUTRAL: Phrase("your own neutral back was not seen"),
    ReasonCode.NEUTRAL_NOT_CLEAR: Phrase("the edge of the back was not clear in the start posture"),
    ReasonCode.START_ALREADY_ROUND: Phrase("the start posture already looked rounded, so it cannot be your neutral"),
    ReasonCode.START_ALREADY_HOLLOW: Phrase("the start posture already looked hollow, so it cannot be your neutral"),
    ReasonCode.READINGS_DISAGREE: Phrase("two ways to measure the back disagree"),
    ReasonCode.BACK_EDGE_JUMPED: Phrase("the edge of the back jumped faster than a back can move"),
    ReasonCode.NO_ROUNDED: Phrase("no calibration of your rounded back"),
    ReasonCode.TALL_AND_ROUND_ALIKE: Phrase("your tall and your rounded back look too much alike"),
    ReasonCode.TOO_CLOSE_TO_LIMIT: Phrase("too close to the limit to decide"),
    ReasonCode.TOO_FEW_PICTURES: Phrase("too few pictures a second"),
    ReasonCode.NOT_STEADY: Phrase("the movement could not be followed smoothly"),
    ReasonCode.NO_STEPS: Phrase("no steps were seen"),
    ReasonCode.NO_HOLD: Phrase("no hold was seen"),
    ReasonCode.NO_HOLD_BEFORE: Phrase("this side had no earlier hold"),
    ReasonCode.NO_REPETITION: Phrase("no complete repetition was seen"),
    ReasonCode.REPETITION_CUT_OFF: Phrase("the recording stopped before the repetition was complete"),
    ReasonCode.NO_WHOLE_APPROACH: Phrase("the way into a hold and out of it was not fully seen"),
}


class Reason(NamedTuple):
    """Why something is unknown, with the landmark that it is about.

    Parameters
    ----------
    code : the reason.
    landmark : name of the landmark (`skeleton.LANDMARKS`) for the codes `LANDMARK_…`; empty for the others.
    """

    code: ReasonCode
    landmark: str = ""


def describe_reason(reason: Reason | None) -> str:
    """Return a reason in words; empty without one.

    Examples
    --------
    >>> describe_reason(Reason(ReasonCode.LANDMARK_HIDDEN, "left_knee"))
    'left knee hidden from the camera'
    """
    return "" if reason is None else _WORDS[reason.code].format(landmark=Phrase(reason.landmark.replace("_", " ")))

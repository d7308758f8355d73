"""Hold the coach's words on the live page: kind, plain, short.

The catalogue's wording rules apply to every line. Advice about the camera's place comes from `core.camera.advice`, cues
from the movement files.
"""

from __future__ import annotations

COUNTS = {3: "Starting in three", 2: "Two", 1: "One"}
BEGIN = "Begin when you like"
IN_PLACE = "Good, stay like that"
HOLD_BEGINS = "Stay here and breathe"
HALFWAY = "Halfway"
HOLD_DONE = "That is the time. Ease out slowly"
REPETITION = "{done} of {of}"
SET_DONE = "Set done. Rest for a moment"
CLOCK_RUNS = "Yes, like that. The clock runs"
CALIBRATED = "Thank you, I will remember that"

PHASE_LABELS = {
    "setup": "Start position", "move": "Going in", "hold": "Hold", "return": "Coming back", "absent": "Not in view"
}  # fmt: skip
BACK = {
    "rounded": {"ok": "long", "warn": "rounding a little", "fix": "rounding"},
    "hollow": {"ok": "long", "warn": "hollow a little", "fix": "hollow"},
}
"""By the direction in which the back leaves its band."""
VIEW = {"ok": "good", "warn": "turned a little", "fix": "turned away", "cannot_tell": "can't see you"}
MEASURE = {"ok": "good", "info": "not yet", "warn": "nearly", "fix": "look here", "cannot_tell": "can't see"}

FULL = "All places are taken: this computer can follow {most} people at once. Close another page, then try again."
BAD_PICTURE = "expected a JPEG picture of {least} to {most} pixels a side, got {came}; the page sends the next one"
TOO_BIG = "expected a picture of at most {most} kB, got {came} kB; send a smaller one"
BAD_MESSAGE = "expected {wanted}, got {came}; reload the page"
OLD_PAGE = "This page is too old to connect. Reload it."
IDLE = "Nothing came for a while, so the line was closed. Your session is kept for some minutes."
AWAY = "Nothing happened for a while, so I let your place go. What you did still counts. I am back as soon as you are."
TAKEN_OVER = "This session goes on in another tab."
OVERTAKEN = "a newer picture came before this one was looked at"
INTERNAL = "Something went wrong on our side. The next picture is looked at as usual."

WELL = "{clock}, nothing to work on"
WORK = "{clock}, {fault}"
RECORDED = "The landmarks are kept on this computer"
RECORDED_VIDEO = "The landmarks and the video are kept on this computer"
RECORDED_IN_PART = "The disk is full: what was recorded before that is kept on this computer"
RECORDED_WITHOUT_VIDEO = "The disk is full: the landmarks are kept on this computer, without the video"
NOTHING_YET = "Stopped before the set began"
NOTHING_SEEN = "Nothing was judged yet."
HEADLINES = {"cannot_tell": "I could not tell from there"}
LIGHTER_MODEL = "This computer is slow, so a lighter model watches"
POSTURE_ONLY = "I can follow your posture, not your speed, on this computer"
FEW_PICTURES = "Your camera gives few pictures: I can follow your posture, not your speed"
NOTES = {"lighter_model": LIGHTER_MODEL, "posture_only": POSTURE_ONLY}
BUSY = "Close other programs on this computer"

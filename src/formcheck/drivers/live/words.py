"""Hold the coach's words on the live page: kind, plain, short.

The catalogue's wording rules apply to every line. Advice about the camera's place comes from `core.camera.advice`, cues
from the movement files.
"""

from __future__ import annotations

COUNTS = {3: "Starting in three", 2: "Two", 1: "One"}
BEGIN = "Begin when you like"
IN_PLACE = "Good, stay like that"
HAND_SEEN = "I see your hand"
LOOKING = "Looking for you …"
STAY = "Good. Stay there, or raise a hand"
LONG_BACK = "your long back"
COUNT_STOPPED_GONE = "I stopped counting: I cannot see you"
COUNT_STOPPED_VIEW = "I stopped counting: you have turned or moved"
HOLD_BEGINS = "Stay here and breathe"
HALFWAY = "Halfway"
HOLD_DONE = "Time is up. Come out slowly"
REPETITION = "{done} of {of}"
SET_DONE = "Set done. Rest for a moment"
CLOCK_RUNS = "Yes, like that. The clock is running"
CALIBRATED = "Thank you, I will remember that"
NOT_CALIBRATED = "That is fine. We go on without it"

PHASE_LABELS = {
    "setup": "Start position", "move": "Going in", "hold": "Hold", "return": "Coming back", "absent": "Not in view"
}  # fmt: skip
BACK = {
    "rounded": {"ok": "long", "warn": "rounding a little", "fix": "rounding"},
    "hollow": {"ok": "long", "warn": "hollow a little", "fix": "hollow"},
}
"""By the direction in which the back leaves its band."""
READY = "Ready when you are"
BACK_IS = "back {word}"
BACK_UNSEEN = "can't see your back"
FORM = {"ok": "looks good", "info": "keep going", "warn": "nearly", "fix": "nearly", "cannot_tell": "can't see enough"}
WAYS = {"move": "going in", "return": "coming back"}
VIEW = {"ok": "good", "warn": "turned a little", "fix": "turned away", "cannot_tell": "can't see you"}
MEASURE = {"ok": "good", "info": "ready", "warn": "nearly", "fix": "to work on", "cannot_tell": "can't see"}

FULL = "All places are taken: this computer can follow {most} people at once. Close another page, then try again."
BAD_PICTURE = "expected a JPEG picture with sides of {least} to {most} pixels, got {came}; the page sends the next one"
TOO_BIG = "expected a picture of at most {most} kB, got {came} kB; send a smaller one"
BAD_MESSAGE = "expected {wanted}, got {came}; reload the page"
OLD_PAGE = "This page is too old to connect. Reload it."
IDLE = "No pictures arrived for a while, so the connection was closed. Your session is kept for a few minutes."
AWAY = "Nothing happened for a while, so I paused. What you did still counts. I continue as soon as you are back."
TAKEN_OVER = "This session continues in another tab."
OVERTAKEN = "a newer picture arrived before this one was analysed"
INTERNAL = "Something went wrong on our side. The next picture is analysed as usual."

HELD_LONG_BACK = "{done} of {of} seconds with a long back"
HELD = "{done} of {of} seconds in good form"
HELD_UNJUDGED = "{done} seconds held. I could not see enough to judge them"
NOTHING_HELD = "I did not see a hold this time"
DONE = "{done} of {of} times"
NOTHING_DONE = "I did not see a whole one this time"
TRY = "Next time: {tip}."
TIP_PART = "A little is a good beginning. Do the rest when it suits you."
TIP_WHOLE = "That is enough. The same again next time."
WELL = "{clock}, nothing to work on"
WORK = "{clock}, {fault}"
RECORDED = "Your body points are saved on this computer"
RECORDED_VIDEO = "Your body points and the video are saved on this computer"
RECORDED_IN_PART = "The disk is full. Everything recorded before that is saved on this computer"
RECORDED_WITHOUT_VIDEO = "The disk is full. Your body points are saved on this computer, without the video"
NOTHING_YET = "Stopped before the set began"
NOTHING_SEEN = "Nothing was judged yet."
HEADLINES = {"cannot_tell": "I could not see this well enough"}
LIGHTER_MODEL = "This computer is slow, so I use a simpler model"
POSTURE_ONLY = "I can follow your posture, not your speed, on this computer"
FEW_PICTURES = "Your camera sends few pictures: I can follow your posture, not your speed"
NOTES = {"lighter_model": LIGHTER_MODEL, "posture_only": POSTURE_ONLY}
DESK_STATES = {
    "learning": "Sit tall and easy for a few seconds", "tall": "Tall", "forward": "Leaning forward or round",
    "unsure": "I cannot see you well from here", "up": "Up", "nobody": "Nobody here",
}  # fmt: skip
DESK_REMINDERS = {"stand": "An hour has gone by. Time to stand for a minute", "tall": "Grow tall, relax your shoulders"}
NOT_IN_HISTORY = "This set is not in your history yet. I try again after the next one. You can go on."
CLOCK_BACK = "This computer's clock is before your last session. Please check it. Your set is stored all the same."
BUSY = "Close other programs on this computer"

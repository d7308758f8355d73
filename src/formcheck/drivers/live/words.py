"""Hold the coach's words on the live page: kind, plain, short.

The catalogue's wording rules apply to every line. Advice about the camera's place comes from `core.camera.advice`, cues
from the movement files.
"""

from __future__ import annotations

from formcheck.languages.phrase import Phrase

COUNTS = {3: Phrase("Starting in three"), 2: Phrase("Two"), 1: Phrase("One")}
BEGIN = Phrase("Begin when you like")
IN_PLACE = Phrase("Good, stay like that")
HAND_SEEN = Phrase("I see your hand")
LOOKING = Phrase("Looking for you …")
STAY = Phrase("Good. Stay there, or raise a hand")
LONG_BACK = Phrase("your long back")
COUNT_STOPPED_GONE = Phrase("I stopped counting: I cannot see you")
COUNT_STOPPED_VIEW = Phrase("I stopped counting: you have turned or moved")
HOLD_BEGINS = Phrase("Stay here and breathe")
HALFWAY = Phrase("Halfway")
HOLD_DONE = Phrase("Time is up. Come out slowly")
REPETITION = Phrase("{done} of {of}")
SET_DONE = Phrase("Set done. Rest for a moment")
CLOCK_RUNS = Phrase("Yes, like that. The clock is running")
CALIBRATED = Phrase("Thank you, I will remember that")
NOT_CALIBRATED = Phrase("That is fine. We go on without it")

PHASE_LABELS = {
    "setup": Phrase("Start position"),
    "move": Phrase("Going in"),
    "hold": Phrase("Hold"),
    "return": Phrase("Coming back"),
    "absent": Phrase("Not in view"),
}
BACK = {
    "rounded": {"ok": Phrase("long"), "warn": Phrase("rounding a little"), "fix": Phrase("rounding")},
    "hollow": {"ok": Phrase("long"), "warn": Phrase("hollow a little"), "fix": Phrase("hollow")},
}
"""By the direction in which the back leaves its band."""
DOTS = {"back": Phrase("back"), "view": Phrase("view")}
"""The names of two of the three dots; the third is a measure of the movement."""
READY = Phrase("Ready when you are")
BACK_IS = Phrase("back {word}")
BACK_UNSEEN = Phrase("can't see your back")
FORM = {
    "ok": Phrase("looks good"),
    "info": Phrase("keep going"),
    "warn": Phrase("nearly"),
    "fix": Phrase("nearly"),
    "cannot_tell": Phrase("can't see enough"),
}
WAYS = {"move": Phrase("going in"), "return": Phrase("coming back")}
VIEW = {
    "ok": Phrase("good"),
    "warn": Phrase("turned a little"),
    "fix": Phrase("turned away"),
    "cannot_tell": Phrase("can't see you"),
}
MEASURE = {
    "ok": Phrase("good"),
    "info": Phrase("ready"),
    "warn": Phrase("nearly"),
    "fix": Phrase("to work on"),
    "cannot_tell": Phrase("can't see"),
}

FULL = Phrase(
    "All places are taken: this computer can follow {most} people at once. Close another page, then try again."
)
BAD_PICTURE = "expected a JPEG picture with sides of {least} to {most} pixels, got {came}; the page sends the next one"
TOO_BIG = "expected a picture of at most {most} kB, got {came} kB; send a smaller one"
BAD_MESSAGE = "expected {wanted}, got {came}; reload the page"
OLD_PAGE = Phrase("This page is too old to connect. Reload it.")
IDLE = Phrase("No pictures arrived for a while, so the connection was closed. Your session is kept for a few minutes.")
AWAY = Phrase(
    "Nothing happened for a while, so I paused. What you did still counts. I continue as soon as you are back."
)
TAKEN_OVER = Phrase("This session continues in another tab.")
OVERTAKEN = "a newer picture arrived before this one was analysed"
INTERNAL = "Something went wrong on our side. The next picture is analysed as usual."

HELD_LONG_BACK = Phrase("{done} of {of} seconds with a long back")
HELD = Phrase("{done} of {of} seconds in good form")
HELD_UNJUDGED = Phrase("{done} seconds held. I could not see enough to judge them")
NOTHING_HELD = Phrase("I did not see a hold this time")
DONE = Phrase("{done} of {of} times")
NOTHING_DONE = Phrase("I did not see a complete one this time")
TRY = Phrase("Next time: {tip}.")
TIP_PART = Phrase("A little is a good beginning. Do the rest when it suits you.")
TIP_WHOLE = Phrase("That is enough. The same again next time.")
WELL = Phrase("{clock}, nothing to work on")
WORK = Phrase("{clock}, {fault}")
RECORDED = Phrase("Your body points are saved on this computer")
RECORDED_VIDEO = Phrase("Your body points and the video are saved on this computer")
RECORDED_IN_PART = Phrase("The disk is full. Everything recorded before that is saved on this computer")
RECORDED_WITHOUT_VIDEO = Phrase("The disk is full. Your body points are saved on this computer, without the video")
NOTHING_YET = Phrase("Stopped before the set began")
NOTHING_SEEN = Phrase("Nothing was judged yet.")
HEADLINES = {"cannot_tell": Phrase("I could not see this well enough")}
LIGHTER_MODEL = Phrase("This computer is slow, so I use a simpler model")
POSTURE_ONLY = Phrase("I can follow your posture, not your speed, on this computer")
FEW_PICTURES = Phrase("Your camera sends few pictures: I can follow your posture, not your speed")
NOTES = {"lighter_model": LIGHTER_MODEL, "posture_only": POSTURE_ONLY}
DESK_STATES = {
    "learning": Phrase("Sit tall and easy for a few seconds"),
    "tall": Phrase("Tall"),
    "forward": Phrase("Leaning forward or round"),
    "unsure": Phrase("I cannot see you well from here"),
    "up": Phrase("Up"),
    "nobody": Phrase("Nobody here"),
}
DESK_REMINDERS = {
    "stand": Phrase("An hour has gone by. Time to stand for a minute"),
    "tall": Phrase("Grow tall, relax your shoulders"),
}
NOT_IN_HISTORY = Phrase("This set is not in your history yet. I try again after the next one. You can go on.")
CLOCK_BACK_TEXT = Phrase(
    "This computer's clock is before your last session. Please check it. Your set is stored all the same."
)
BUSY = Phrase("Close other programs on this computer")

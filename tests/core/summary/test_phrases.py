"""A summary in words: numbers, names, the verdict's first words, and what is said to a person at the camera."""

from __future__ import annotations

import math

import pytest

from formcheck.core.movement.load import load_movement
from formcheck.core.summary.phrases import (
    LiveWords,
    describe_target,
    describe_why,
    find_spec,
    format_quantity,
    list_marks,
    name_measurement,
    say_verdict,
)
from formcheck.core.summary.schema import RunSummary, WhyCode

HINGE = load_movement("hamstring_hinge_standing")
FAULT = {"repetition": 1, "side": "left", "uncertainty": 4.0}
ROUNDING = {"id": "back_rounding", "severity": "fix", "cue": "Long back", "from_s": 5.5, "to_s": 7.2, "value": 14.0,
            "unit": "pct", "limit": 6.0, **FAULT}  # fmt: skip
HEAD = {"id": "head_hanging", "severity": "adjust", "cue": "Neck in line", "from_s": 3.4, "to_s": 8.0, "value": None,
        "unit": "deg", "limit": 30.0, **FAULT}  # fmt: skip
SOURCE = {"name": "bow.mp4", "sha256": "", "width": 320, "height": 240, "fps": 15.0, "duration_s": 72.0, "frames": 1080}
VIEW = {"kind": "side", "yaw_deg": 6.0, "yaw_uncertainty_deg": 5.0, "near": "left", "verdict": "ok", "reasons": []}
LIVE = LiveWords("few pictures arrive; posture is judged", "Close other pages")


def check(check_id, *, unknown=0.0, out=0.0, reason="", code=""):
    return {"id": check_id, "ok_share": 1 - unknown - out, "warn_share": out, "fix_share": 0.0,
            "cannot_tell_share": unknown, "reason": reason, "reason_code": code}  # fmt: skip


def summary_of(**changes):
    """Return the summary of a bow that was held for 3 of 20 s; by default nothing was found."""
    base = {
        "schema_version": 1, "formcheck_version": "0.1", "created_utc": "now",
        "model": {"name": "full", "sha256": ""},
        "movement": {"id": HINGE.id, "name": HINGE.name, "version": 1, "sha256": ""},
        "source": SOURCE, "view": VIEW, "seen_share": 0.98, "faults": [], "checks": [], "measurements": {},
        "repetitions": [{"index": 1, "side": "left", "start_s": 1.5, "hold_start_s": 4.0, "hold_end_s": 8.5,
                         "end_s": 10.5, "valid_hold_s": 2.8, "pauses": []}],
        "dose": {"hold_s": {"target": 20.0, "done": 2.8}, "repetitions": {"target": 2, "done": 1},
                 "sides": {"left_s": 2.8, "right_s": 0.0}},
        "verdict": "ok", "why": "", "why_code": "nothing_to_correct",
    }  # fmt: skip
    return RunSummary.model_validate(base | changes)


# Numbers and names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "uncertainty", "words"),
    [(171.2, 4.1, "171° ± 4"), (-12.4, None, "−12°"), (None, None, "–"), (math.nan, 4.0, "–")],
)
def test_a_quantity_has_its_doubt_and_a_true_minus(value, uncertainty, words):
    assert format_quantity(value, "deg", uncertainty) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("knee_left_deg", "Knee, left"),
        ("hip_shift_tl", "Hip shift"),
        ("back_curve_pct", "Back curve"),
        ("wrist_below_knee_right_tl", "Wrist below knee, right"),
        ("turning_deg_per_s", "Turning"),
    ],
)
def test_a_measurement_has_an_everyday_name(name, words):
    assert name_measurement(name) == words


@pytest.mark.parametrize(
    ("measurement", "sides", "measure"),
    [
        ("knee_left_deg", ["left"], "stretch_knee"),
        ("knee_left_deg", ["right"], "support_knee"),
        ("trunk_inclination_deg", [], "hinge"),
        ("elbow_left_deg", ["left"], None),
    ],
)
def test_what_a_movement_requires_follows_the_side(measurement, sides, measure):
    assert find_spec(measurement, HINGE, sides) == HINGE.measures.get(measure)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": None}, ""),
        ({"target": ["open", 25]}, "up to 25°"),
        ({"target": [20, "open"]}, "20° or more"),
        ({"target": [-15, 20]}, "−15° to 20°"),
        ({"target": [-15, 20], "change": True}, "−15° to 20° from the start"),
    ],
)
def test_a_target_in_words(changes, words):
    assert describe_target(HINGE.measures["hinge"].model_copy(update=changes)) == words
    assert describe_target(None) == ""


# The verdict ----------------------------------------------------------------------------------------------------------


def test_marks_come_gravest_first_with_value_and_limit():
    unknown = {**HEAD, "id": "wing_beat", "cue": "Fold your wings", "from_s": 2.0}
    marks = list_marks(summary_of(faults=[HEAD, ROUNDING, unknown]), HINGE)
    assert [(mark.state, mark.name, mark.from_s, mark.detail) for mark in marks] == [
        ("fix", "back rounding", 5.5, "14 % ± 4 (limit 6 %)"),
        ("warn", "wing beat", 2.0, ""),
        ("warn", "head hanging", 3.4, ""),
    ]
    # the words are those of the movement file; only what it does not know keeps its own
    assert [mark.cue for mark in marks] == [
        "Hinge at your hips, keep back long", "Fold your wings", "Keep your neck in line",
    ]  # fmt: skip


def test_the_verdict_says_what_was_good_bad_and_unseen():
    checks = [
        check("stretch_knee"),
        check("back_rounding", out=0.3),
        check("over_arch"),
        check("hinge", out=0.3),
        check("support_knee", unknown=1.0, reason="hidden by the near leg"),
        check("of_another_version"),
    ]
    verdict = say_verdict(summary_of(faults=[HEAD, ROUNDING], checks=checks, verdict="fix", why_code=None), HINGE)
    assert (verdict.state, verdict.headline) == ("fix", "Something to work on")
    assert verdict.title == "Standing hamstring stretch, left · 01:12 · side view (turned 6° ± 5)"
    assert verdict.work_on == [("fix", "Hinge at your hips, keep back long"), ("warn", "Keep your neck in line")]
    assert verdict.good == ["Stretched knee", "No over arch"]
    assert verdict.unseen == ["Supporting knee: hidden by the near leg"]
    assert verdict.facts == [
        ("Held", "3 of 40 s in good form"), ("Repetitions", "1 of 2"), ("Person seen", "98 % of the time"),
    ]  # fmt: skip


def test_a_band_that_decides_is_something_to_work_on():
    changes = {"verdict": "warn", "why_code": "out_of_band", "why_about": "hinge"}
    verdict = say_verdict(summary_of(checks=[check("hinge", unknown=0.2, out=0.6)], **changes), HINGE)
    assert verdict.work_on == [("warn", "Forward lean: outside the target band")]
    assert verdict.why == "Forward lean: outside the target band for 75 % of the time. No other fault was seen."


def test_a_photograph_has_no_times():
    source = SOURCE | {"frames": 1, "duration_s": 0.0}
    changes = {"verdict": "warn", "why_code": "out_of_band", "why_about": "hinge", "source": source}
    verdict = say_verdict(summary_of(checks=[check("hinge", out=1.0)], **changes), HINGE)
    assert verdict.facts == [("Photograph", "posture only, no times")]
    assert verdict.title == "Standing hamstring stretch, left · side view (turned 6° ± 5)"
    assert verdict.why == "Forward lean: outside the target band. No other fault was seen."


def test_an_old_summary_keeps_its_own_sentence():
    assert describe_why(summary_of(why="Your back looks round.", why_code=None), HINGE) == "Your back looks round."


def test_checks_that_share_a_reason_share_a_line():
    checks = [check(one, unknown=1.0, reason="the camera is oblique") for one in ("stretch_knee", "support_knee")]
    checks.append(check("hinge", unknown=1.0))
    assert say_verdict(summary_of(checks=checks), HINGE).unseen == [
        "Stretched knee, supporting knee: the camera is oblique", "Forward lean",
    ]  # fmt: skip


# The camera position --------------------------------------------------------------------------------------------------

SLOW = ("too_few_pictures", "too few pictures a second")
SMALL = ("rather_small", "you are rather small in the picture")


def seen_from(*problems, verdict="degraded", advice="Come closer to the camera"):
    codes, reasons = zip(*problems, strict=True)
    return VIEW | {"verdict": verdict, "codes": codes, "reasons": reasons, "advice": advice}


@pytest.mark.parametrize(
    ("view", "why_code", "unseen"),
    [
        pytest.param(
            seen_from(SMALL, SLOW),
            WhyCode.NOTHING_TO_CORRECT,
            ["You are rather small in the picture. Come closer to the camera."],
            id="the verdict's sentence names the few pictures itself",
        ),
        pytest.param(
            seen_from(SMALL, SLOW),
            WhyCode.NO_REPETITION,
            ["You are rather small in the picture", "Too few pictures a second"],
            id="the verdict's sentence ends with the advice",
        ),
        pytest.param(
            seen_from(("turned", "the camera is oblique"), SMALL, verdict="refused"),
            WhyCode.VIEW_REFUSED,
            ["You are rather small in the picture"],
            id="the verdict names the first problem",
        ),
        pytest.param(
            seen_from(SLOW), WhyCode.FAULT, ["Too few pictures a second. Come closer to the camera."], id="a fault"
        ),
    ],
)
def test_problems_of_the_view_are_said_once(view, why_code, unseen):
    changes = {"faults": [ROUNDING], "why_about": "back_rounding"} if why_code == "fault" else {}
    assert say_verdict(summary_of(view=view, why_code=why_code, **changes), HINGE).unseen == unseen


def test_a_recording_without_a_person_is_kind():
    view = seen_from(("unseen", "nobody is seen"), verdict="refused", advice="Step into the picture")
    changes = {"view": view | {"kind": "unknown"}, "verdict": "cannot_tell", "why_code": "nobody_seen"}
    film, live = (say_verdict(summary_of(repetitions=[], **changes), HINGE, live=live) for live in (None, LIVE))
    assert (film.headline, film.unseen) == ("Cannot tell from this recording", ["Nobody is seen"])
    assert film.title == "Standing hamstring stretch · 01:12"
    assert film.why == "Nobody was seen in the recording. Try: Step into the picture."
    assert live.why == "Nobody was seen by the camera. Try: Step into the picture."


@pytest.mark.parametrize(
    ("view", "why"),
    [
        pytest.param(
            seen_from(SLOW, advice="Film ten or more pictures a second"),
            "No complete repetition was seen. Try: Close other pages.",
            id="its own advice",
        ),
        pytest.param(
            seen_from(SMALL, SLOW),
            "No complete repetition was seen. Try: Come closer to the camera.",
            id="another problem comes first",
        ),
    ],
)
def test_a_person_at_the_camera_hears_other_words(view, why):
    checks = [check("hinge", unknown=1.0, reason=SLOW[1], code=SLOW[0])]
    verdict = say_verdict(summary_of(view=view, checks=checks, why_code="no_repetition"), HINGE, live=LIVE)
    assert verdict.why == why
    assert verdict.unseen[-2:] == [
        "Few pictures arrive; posture is judged",
        "Forward lean: few pictures arrive; posture is judged",
    ]  # fmt: skip

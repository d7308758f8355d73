"""Trials from made-up frames whose number is known, and from saved tracks turned by a known angle."""

from __future__ import annotations

import doctest
import math
import statistics
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.records import Repetition, Value
from formcheck.program.body_tests import trials
from formcheck.program.body_tests.protocol import load_protocol
from formcheck.program.body_tests.trials import NoValue, TrialReader, TrialValue, pick_trials, reduce_frames

KNOWN = {"ear_above_toes_tl": 3.2, "knee_near_deg": 178.0, "back_bend_deg": 5.0}


def frame(time_s, *, phase="move", running=True, ended=None, valid_s=None, side=None, **values):
    """Return what a reader needs of a result; every value is ± 2."""
    found = {
        name.replace("near", "left").replace("working", side or "left"): Value(value, 2.0)
        for name, value in {**KNOWN, **values}.items()
    }
    repetition = Repetition(1, side, 0.0) if running else None
    return SimpleNamespace(
        pose=SimpleNamespace(time_s=time_s),
        measurements=SimpleNamespace(values=found),
        phase=SimpleNamespace(name=phase, side=side, near="left", repetition=repetition, ended=ended),
        feedback=SimpleNamespace(hold=None if valid_s is None else SimpleNamespace(valid_s=valid_s)),
    )


def read(test, frames, *, side=None, height_cm=None, counts=True):
    """Return the trials of one repetition that these frames make."""
    reader = TrialReader(load_protocol(test), side=side, height_cm=height_cm)
    for one in frames:
        reader.add(one)
    end_s = frames[-1].pose.time_s + 0.1
    ended = Repetition(1, frames[-1].phase.side, frames[0].pose.time_s, end_s=end_s, counts=counts)
    reader.add(frame(end_s, running=False, ended=ended))
    return reader.trials


def bow(angles, **more):
    return [frame(0.1 * number, trunk_inclination_deg=angle, **more) for number, angle in enumerate(angles)]


UP_AND_DOWN = [0, 10, 20, 30, 40, 40, 40, 40, 40, 30, 20, 10, 0]


def test_the_bow_is_the_greatest_angle_that_lasts():
    [one] = read("T1", bow(UP_AND_DOWN))
    assert one == TrialValue(None, 40.0, 2.0, "deg")


def test_one_bad_picture_makes_no_record():
    [one] = read("T1", bow([0, 10, 20, 30, 40, 40, 99, 40, 40, 30, 20]))
    assert one.value == 40.0


def test_only_what_keeps_the_back_long_counts():
    frames = [
        frame(0.1 * number, trunk_inclination_deg=5.0 * number, back_bend_deg=0.0 if number <= 10 else 40.0)
        for number in range(20)
    ]
    [one] = read("T1", frames)
    assert one.value == pytest.approx(45.0, abs=2.5)  # the window keeps a little below the last good angle, 50


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"back_bend_deg": 40.0}, NoValue.CONDITION),
        ({"back_bend_deg": math.nan}, NoValue.CONDITION),
        ({"knee_near_deg": 120.0}, NoValue.CONDITION),
    ],
)
def test_what_the_test_asks_for_was_not_kept(more, why):
    [one] = read("T1", bow(UP_AND_DOWN, **more))
    assert math.isnan(one.value)
    assert one.why is why


def test_unseen_is_not_zero():
    [one] = read("T1", bow([math.nan] * 10))
    assert one.why is NoValue.NOT_SEEN


def test_a_signal_of_an_unknown_side_is_not_seen():
    frames = [frame(0.1 * number) for number in range(9)]
    assert read("T4", frames)[0].why is NoValue.NOT_SEEN


def test_a_repetition_that_does_not_count_is_no_trial():
    assert read("T1", bow(UP_AND_DOWN), counts=False) == []


def test_hands_above_the_floor_in_cm_by_hand():
    """Ears 3.2 trunks high are 0.93 of 160 cm: a trunk is 46.5 cm, and 0.4 of it 18.6 cm."""
    standing = [frame(-0.1 * number, running=False) for number in range(5, 0, -1)]
    bent = [frame(0.1 * number, fingers_above_toes_near_tl=0.4) for number in range(9)]
    [one] = read("T2", [*standing, *bent], height_cm=160.0)
    assert (one.unit, one.value) == ("cm", pytest.approx(18.6))
    assert one.uncertainty == pytest.approx(46.5 * math.hypot(2.0, 0.4 * 0.02 / 0.93))


def test_without_a_height_it_stays_in_trunk_lengths():
    bent = [frame(0.1 * number, fingers_above_toes_near_tl=0.4) for number in range(9)]
    assert read("T2", bent) == [TrialValue(None, 0.4, 2.0, "tl")]


def test_a_seated_reach_takes_the_usual_share_of_the_trunk():
    reach = [frame(0.1 * number, wrist_to_ankle_near_tl=0.5) for number in range(9)]
    [one] = read("T3", reach, height_cm=200.0)
    assert one.value == pytest.approx(0.5 * 0.288 * 200)


def test_the_range_of_cat_and_cow_has_the_error_of_both_ends():
    wave = [frame(0.1 * number, back_curve_pct=8 * math.sin(number / 5)) for number in range(60)]
    [one] = read("T10", wave)
    assert one.value == pytest.approx(16.0, abs=1.0)
    assert one.uncertainty == pytest.approx(2 * math.sqrt(2))


def test_standing_still_takes_the_median_of_the_hold():
    moving = [frame(0.1 * number, shoulder_tilt_deg=20.0) for number in range(9)]
    still = [frame(1 + 0.1 * number, phase="hold", shoulder_tilt_deg=number) for number in range(9)]
    assert read("T9", [*moving, *still])[0].value == statistics.median(range(9))
    assert read("T9", moving)[0].why is NoValue.CONDITION


def test_the_plank_counts_its_valid_seconds():
    hold = [frame(number, phase="hold", valid_s=0.9 * number) for number in range(11)]
    assert read("T11", hold)[0].value == pytest.approx(9.0)
    assert read("T11", bow([0, 1]))[0].why is NoValue.NO_HOLD


def test_a_bend_takes_from_its_start_to_its_end():
    assert read("T12", bow(UP_AND_DOWN))[0].value == pytest.approx(1.3)


def test_a_bend_that_the_end_cuts_off_lasts_until_there():
    reader = TrialReader(load_protocol("T12"))
    reader.add(frame(1.0))
    reader.add(frame(3.0, running=False, ended=Repetition(1, None, 0.5, counts=True)))
    assert reader.trials[0].value == pytest.approx(0.5)  # the last picture before the closing one


def test_a_side_is_the_one_that_worked_or_that_was_named():
    up = [frame(0.1 * n, side="right", leg_elevation_working_deg=70.0, knee_working_deg=175.0) for n in range(9)]
    for one in up:
        one.measurements.values["leg_elevation_left_deg"] = Value(0.0, 2.0)
    assert read("T4", up) == [TrialValue("right", 70.0, 2.0, "deg")]
    assert read("T4", bow(UP_AND_DOWN), side="left")[0].side == "left"


def test_a_test_without_a_measure_has_no_trials():
    plain = load_protocol("T1").model_copy(update={"measure": None})
    with pytest.raises(ValueError, match="expected a test with a measure"):
        TrialReader(plain)


@pytest.mark.parametrize(("done", "kept"), [(1, [0]), (3, [0, 1, 2]), (4, [1, 2, 3]), (6, [1, 2, 3])])
def test_practice_comes_off_only_if_there_is_more(done, kept):
    found = [TrialValue(None, float(number), 1.0, "deg") for number in range(done)]
    assert [one.value for one in pick_trials(load_protocol("T1"), found)] == kept


@given(st.lists(st.floats(-90, 90), min_size=3, max_size=40), st.floats(-30, 30))
def test_a_shift_of_all_values_shifts_the_result(angles, by):
    """A bias of the camera is in every value, and cancels between before and after."""
    measure = load_protocol("T5").measure
    plain, shifted = (
        reduce_frames(
            [trials._Seen(0.1 * n, angle + extra, 2.0, True) for n, angle in enumerate(angles)], measure, None
        )
        for extra in (0.0, by)
    )
    assert shifted.value - plain.value == pytest.approx(by, abs=1e-9)


@given(st.lists(st.tuples(st.floats(-90, 90), st.booleans()), min_size=3, max_size=30))
def test_smoothing_equals_a_second_implementation(frames):
    seen = [trials._Seen(0.1 * number, value, 2.0, counts) for number, (value, counts) in enumerate(frames)]
    expected = []
    for middle in seen:
        near = [one for one in seen if abs(one.time_s - middle.time_s) <= trials.WINDOW_S + 1e-12]
        counted = [one.value for one in near if one.counts]
        if middle.counts and len(counted) > len(near) / 2:
            expected.append(statistics.median(counted))
    assert [value for value, _ in trials._smooth(seen)] == expected


def test_examples_in_docstrings():
    assert doctest.testmod(trials).failed == 0

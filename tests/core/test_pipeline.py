"""The checker judges only the parts of a recording that show the movement."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.movement.schema import Condition
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import NOT_JUDGED

FPS = 15
LEAN = "trunk_inclination_deg"


@pytest.fixture(scope="module")
def posture(make_movement):
    """A posture to be held: a lean of more than 60 degrees."""
    leans = [Condition(signal=LEAN, above=60.0)]
    return make_movement(drive={"kind": "pose", "hold_when": leans, "leaves": 8.0})


@pytest.fixture(scope="module")
def leaning(figures):
    """Draw a person who leans as a course says, at 15 pictures a second."""

    def poses(times_s, degrees):
        out = []
        for i in range(round(times_s[-1] * FPS) + 1):
            angle = math.radians(float(np.interp(i / FPS, times_s, degrees)))
            along = (math.sin(angle), -math.cos(angle))
            upper = {part: (300 + d * along[0], 250 + d * along[1]) for part, d in (("shoulder", 100), ("ear", 130))}
            nose = (300 + 128 * along[0] - 15 * along[1], 250 + 128 * along[1] + 15 * along[0])
            x, y = upper["shoulder"]
            out.append(figures.make(time_s=i / FPS, nose=nose, elbow=(x + 5, y + 50), wrist=(x + 5, y + 99), **upper))
        return out

    return poses


def ended_of(results):
    return [r.phase.ended for r in results if r.phase.ended is not None]


BOW = ([0, 2, 4, 14, 16, 18], [0, 0, 80, 80, 0, 0])


def test_without_parts_the_whole_recording_is_judged(make_movement, leaning):
    results = list(run(leaning(*BOW), FormChecker(make_movement())))
    assert NOT_JUDGED not in {r.phase.name for r in results}
    (bow,) = ended_of(results)
    assert (round(bow.hold_start_s), round(bow.hold_end_s)) == (4, 14)


def test_what_lies_outside_the_parts_is_measured_and_not_judged(make_movement, leaning):
    results = list(run(leaning(*BOW), FormChecker(make_movement(), spans_s=[(1.0, 17.0)])))
    for r in results:
        is_outside = not 1.0 <= r.pose.time_s <= 17.0
        assert (r.phase.name == NOT_JUDGED) == is_outside
        assert math.isfinite(r.measurements.values[LEAN].value)
        if is_outside:
            assert (r.assessment.findings, dict(r.assessment.faults), r.feedback.active) == ((), {}, ())
    assert len(ended_of(results)) == 1


def test_the_end_of_a_part_ends_the_hold_there(make_movement, leaning):
    """The part ends at 10 s, in the hold: the repetition ends then, and was cut off."""
    results = list(run(leaning(*BOW), FormChecker(make_movement(), spans_s=[(0.0, 10.0)])))
    (bow,) = ended_of(results)
    assert bow.hold_end_s == bow.end_s == 10.0
    assert bow.is_cut_off
    first_after = next(r for r in results if r.pose.time_s > 10)
    assert first_after.phase.ended is bow
    assert first_after.phase.name == NOT_JUDGED
    assert len(results) == 18 * FPS + 1  # nothing is left to close at the end of the recording


@pytest.mark.parametrize("kind", ["reach", "pose"])
def test_a_part_left_out_of_a_hold_makes_two_repetitions(make_movement, posture, leaning, kind):
    """From 7 to 9 s the same posture shows something else."""
    movement = posture if kind == "pose" else make_movement()
    results = list(run(leaning(*BOW), FormChecker(movement, spans_s=[(0.0, 7.0), (9.0, 18.0)])))
    first, second = ended_of(results)
    assert (first.index, second.index) == (1, 2)
    assert first.hold_end_s == pytest.approx(7.0)
    assert second.hold_start_s == pytest.approx(9.0, abs=0.6)
    assert second.hold_end_s == pytest.approx(14.0, abs=0.4)
    held = [r for r in results if r.phase.name == "hold"]
    assert all(r.phase.repetition is not None for r in held)


def test_a_part_that_begins_late_has_its_own_times(make_movement, leaning):
    results = list(run(leaning(*BOW), FormChecker(make_movement(), spans_s=[(12.0, 18.0)])))
    (bow,) = ended_of(results)
    assert 12.0 <= bow.start_s <= bow.hold_start_s <= 12.6


def test_a_cut_of_the_film_ends_the_repetition(make_movement, leaning):
    """From 8 s on the person is 300 px further to the left: another scene."""
    poses = [replace(p, xy_px=p.xy_px - [300, 0]) if p.time_s >= 8 else p for p in leaning(*BOW)]
    first, second = ended_of(run(poses, FormChecker(make_movement())))
    assert first.is_cut_off
    assert first.hold_end_s == first.end_s == pytest.approx(8 - 1 / FPS)
    assert (second.index, second.hold_end_s) == (2, pytest.approx(14, abs=0.3))


def test_a_recording_that_ends_in_a_hold_has_a_closing_result(make_movement, leaning):
    """The film stops at 10 s, in the hold: the last picture comes twice, the second time with the repetition."""
    poses = [pose for pose in leaning(*BOW) if pose.time_s <= 10]
    *results, closing = run(poses, FormChecker(make_movement()))
    assert len(results) == len(poses)
    assert ended_of(results) == []
    assert closing.pose is results[-1].pose
    assert (closing.phase.ended.hold_end_s, closing.phase.ended.is_cut_off) == (10.0, True)

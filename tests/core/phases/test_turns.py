"""Steps of a march, at one picture each half second: each lift is a step, dated when the knee was highest."""

from __future__ import annotations

import math

import pytest

from formcheck.core.phases.turns import Steps


@pytest.mark.parametrize(
    ("lifts", "begun_s", "last_s", "per_min"),
    [
        pytest.param([0, 0.3, -0.3, 0.3, -0.3], 0.5, 1.5, 120.0, id="three steps, from 0.5 to 1.5 s"),
        pytest.param([0, 0.3, -0.3, 0.3], math.nan, 1.0, math.nan, id="two steps are no rhythm yet"),
        pytest.param([0, 0.3, 0, 0.3, 0, 0.3, 0], math.nan, math.nan, math.nan, id="one knee bends again and again"),
        pytest.param([0, 0.3, -0.3, 0.3, -0.3, 0.3, 0, 0.3], math.nan, 2.5, math.nan, id="a march becomes one knee"),
        pytest.param([0, 0.1, -0.03, 0.1, -0.03], math.nan, math.nan, math.nan, id="lifted by too little"),
    ],
)
def test_three_steps_in_turn_are_a_rhythm(lifts, begun_s, last_s, per_min):
    steps = Steps(0.14, 40.0)
    for number, lift in enumerate(lifts):
        steps.step(number / 2, lift)
    assert (steps.begun_s, steps.last_s, steps.per_min) == pytest.approx((begun_s, last_s, per_min), nan_ok=True)

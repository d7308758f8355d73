"""Contradictions between values of a movement file: a limit, a distance or a posture that is never reached."""

from __future__ import annotations

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import parse_movement

START = 'when = [{ signal = "trunk_inclination_deg", below = 20.0 }]'
BENT = 'when = [{ signal = "knee_near_deg", below = 155.0, clear = 165.0 }]'
ABOVE_AND_BELOW = '{ signal = "knee_near_deg", above = 160.0 }, { signal = "knee_near_deg", below = 90.0 }'
LEAN_DRIVES = 'kind = "reach"\nsignal = "trunk_inclination_deg"'
FLOOR = 'posture = "standing"\nplace = "floor"'
SOFTENED = '[avoid_if]\nfloor_or_joint = { offer = "softened", source = "E" }\n\n[start]'


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param(
            {BENT: 'when = [{ signal = "knee_near_deg", above = 188.0 }]'},
            "faults.knee_bent.when.0.above: expected a limit that the signal can pass, got 188; "
            "knee_near_deg is 0 to 180",
            id="a limit that no knee passes",
        ),
        pytest.param(
            {BENT: 'when = [{ signal = "hold_s", below = -3.0 }]'},
            "faults.knee_bent.when.0.below: expected a limit that the signal can pass, got -3; hold_s is 0 to any",
            id="a limit that no time passes",
        ),
        pytest.param(
            {START: f"when = [{ABOVE_AND_BELOW}]"},
            "start.when: expected a possible range, got knee_near_deg above 160 and below 90",
            id="a posture that excludes itself",
        ),
        pytest.param(
            {LEAN_DRIVES: 'kind = "reach"\nsignal = 3'}, "drive.signal: expected a string, got '3'", id="no signal"
        ),
        pytest.param(
            {"least = 20.0": "least = 200.0"},
            "drive.least: expected a distance that can be reached, got 200 from 0; trunk_inclination_deg is never 200",
            id="a distance that is out of reach",
        ),
        pytest.param(
            {"departs = 8.0": "departs = 30.0"},
            "drive.departs: expected at most least = 20, got 30",
            id="a departure beyond the distance",
        ),
        pytest.param(
            {"leaves = 8.0": "leaves = -6.0"},
            "drive.leaves: expected more than 0, got -6",
            id="a hold that ends at once",
        ),
        pytest.param(
            {"[start]": "[start]\nnominal = 60.0"},
            "start.nominal: expected a value of the start posture, got 60; "
            "start.when.0 requires trunk_inclination_deg below 20",
            id="a start outside its posture",
        ),
        pytest.param(
            {"version = 3": 'version = 3\ninclude = "x.toml"'},
            "include: unknown key; a movement file cannot include another: write it here, or name faults in `shared`",
            id="an include",
        ),
        pytest.param(
            {'phases = ["move", "hold"]': "phases = []"},
            "faults.rounding.phases: expected at least one of setup, move, hold, return, got none",
            id="no phase",
        ),
        pytest.param(
            {'posture = "standing"': FLOOR, "[start]": "[avoid_if]\n\n[start]"},
            "avoid_if: expected floor_or_joint, because place is floor; name it with its source",
            id="on the floor for all",
        ),
        pytest.param(
            {'posture = "standing"': FLOOR, "[start]": SOFTENED},
            "avoid_if.floor_or_joint.offer: expected 'closed', because place is floor, got 'softened'",
            id="on the floor for most",
        ),
    ],
)
def test_one_contradiction_gives_its_line_and_no_other(movement_file, changes, problem):
    assert find_problems_of(movement_file, changes) == [problem]


def test_a_time_held_is_none_where_no_hold_is(movement_file):
    at_end = 'at_end_of_repetition = true\nwhen = [{ signal = "hold_s", below = 20.0 }]'
    changes = {'kind = "reach"': 'kind = "cycle"', BENT: at_end}
    assert "faults.knee_bent.when: expected none of hold_s; kind 'cycle' has no hold" in find_problems_of(
        movement_file, changes
    )


def find_problems_of(text, changes):
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(MovementFileError) as raised:
        parse_movement(text.encode(), "bow.toml")
    return raised.value.problems

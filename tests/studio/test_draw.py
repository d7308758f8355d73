"""Drawn clip lists: every movement, good and faulty, by one seed. No body is made and nothing is rendered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio import clip, draw
from studio.movements import MOVEMENTS

SEEDS = range(40)


def test_the_same_seed_draws_the_same_clips():
    assert draw.draw_specs(3) == draw.draw_specs(3)


def test_another_seed_draws_other_faults_sides_and_cameras():
    one, other = draw.draw_specs(3), draw.draw_specs(4)
    for key in ("name", "side", "yaw"):
        assert [c.get(key) for c in one] != [c.get(key) for c in other]


@pytest.mark.parametrize("seed", SEEDS)
def test_sixty_clips_show_every_movement_good_and_faulty(seed):
    clips = draw.draw_specs(seed)
    plain = [c for c in clips if c["movement"] and not c.get("view") and not c.get("crop")]
    assert len(clips) == 60
    assert {c["movement"] for c in plain if "faults" in c} == set(MOVEMENTS)
    assert {c["movement"] for c in plain if "faults" not in c} == set(MOVEMENTS)
    assert len({c["name"] for c in clips}) == 60


@pytest.mark.parametrize("seed", SEEDS)
def test_drawn_clips_ask_only_for_what_the_studio_has(seed):
    for spec in draw.draw_specs(seed):
        faults = {fault["id"] for fault in spec.get("faults", [])}
        assert not faults or faults <= set(MOVEMENTS[spec["movement"]].faults)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fault_of_an_oblique_clip_cannot_be_judged(seed):
    oblique = [c for c in draw.draw_specs(seed) if c.get("view") == "oblique"]
    assert len(oblique) == draw.OBLIQUE
    for spec in oblique:
        assert spec["faults"][0]["id"] in MOVEMENTS[spec["movement"]].sagittal_faults
        assert abs(spec["yaw"]) >= 35


def test_a_clip_whose_truth_is_another_is_drawn_again(monkeypatch):
    films = lambda spec, world: SimpleNamespace(sidecar=lambda: spec)  # noqa: E731
    monkeypatch.setattr(draw, "Film", films)
    monkeypatch.setattr(draw, "problems", lambda card: ["too weak"] * (card["seed"] < 12))
    assert draw.with_true_fault({"movement": "plank", "seed": 10})["seed"] == 12
    assert draw.with_true_fault({"movement": None, "seed": 10})["seed"] == 10
    assert draw.with_true_fault({"movement": "plank", "seed": 0})["seed"] == draw.TRIES - 1


def test_a_drawn_list_is_read_like_the_others(tmp_path):
    specs = [{**spec, "seed": 500 + i} for i, spec in enumerate(draw.draw_specs(5))]
    path = tmp_path / "drawn.json"
    path.write_text(draw.list_text({"set": "fresh5", "world": "fresh", "seed_base": 5, "clips": specs}), "utf-8")
    world, clips = clip.load_set(str(path))
    assert world == "fresh"
    assert [c["seed"] for c in clips] == [c["seed"] for c in specs]
    assert len(json.loads(path.read_text("utf-8"))["clips"]) == 60

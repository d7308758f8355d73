"""Pages, drawings, picture strips and terminal lines are made from the movement files."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest

from formcheck.apps.cli.plain_text import list_lines, list_movement_lines
from formcheck.apps.guide.__main__ import write_page_texts, write_pages
from formcheck.apps.guide.bands import draw_bands, find_scale_span, split_scale, write_bands_lines
from formcheck.apps.guide.drawings import describe_camera, draw_camera
from formcheck.apps.guide.page import MAX_STRIP_BYTES, cut_pictures, strip_jpeg, write_movement_page
from formcheck.apps.guide.words import describe_dose, find_swap
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.drivers.samples import choose_moments, find_demonstrations

from ..conftest import write_film

ALL = [load_movement(one) for one in catalogue()]
FORBIDDEN = re.compile(
    r"\b(safe|unsafe|injur\w*|slipped|correct your|tight psoas|good posture|bad back|clinically|relieves?)\b",
    re.IGNORECASE,
)
SVG = "{http://www.w3.org/2000/svg}"


def measure(**keys: object) -> MeasureSpec:
    return MeasureSpec.model_validate(
        {"name": "Knee", "signal": "knee_near_deg", "unit": "deg", "source": "made up", **keys}
    )


def hinge(**keys: object) -> Movement:
    return load_movement("hamstring_hinge_standing").model_copy(update=keys)


# The committed pages ------------------------------------------------------------------------------------------------


def test_committed_pages_are_what_the_movement_files_say(checkout):
    pages = checkout / "docs" / "movements"
    stale = [name for name, text in write_page_texts(pages).items() if not (pages / name).is_file()
             or (pages / name).read_text(encoding="utf-8") != text]  # fmt: skip
    assert stale == [], "make them again with: python -m formcheck.apps.guide"


def test_every_committed_picture_is_small_and_every_link_works(checkout):
    pages = checkout / "docs" / "movements"
    assert {one.stem for one in (pages / "pictures").glob("*.jpg")} >= set(find_demonstrations())
    for one in find_demonstrations():
        assert 5_000 < (pages / "pictures" / f"{one}.jpg").stat().st_size <= MAX_STRIP_BYTES
    for page in pages.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("movement", ALL, ids=lambda one: one.id)
def test_page_holds_everything_a_person_needs(movement):
    page = write_movement_page(movement, has_strip=True)
    for words in (*movement.steps, movement.breath, movement.easier, *movement.stop_if, movement.view.text):
        assert words in page
    for fault in movement.faults:
        assert f"“{fault.cue}”" in page
    for question in movement.questions:
        assert question.ask in page
    for tag, source in movement.sources.items():
        assert f"**{tag}:** {source.split('docs/')[0]}" in page
    assert "not a medical device" in page


@pytest.mark.parametrize("movement", ALL, ids=lambda one: one.id)
def test_page_and_terminal_claim_nothing(movement):
    said = write_movement_page(movement, has_strip=False).split("## Sources", maxsplit=1)[0]
    assert FORBIDDEN.findall(said) == []
    assert "/home/" not in said


def test_pages_of_movements_that_are_gone_are_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_SAMPLES", str(tmp_path / "none"))
    (tmp_path / "pages" / "pictures").mkdir(parents=True)
    (tmp_path / "pages" / "gone.md").write_text("old", encoding="utf-8")
    write_pages(tmp_path / "pages")
    assert not (tmp_path / "pages" / "gone.md").exists()
    assert "![" in (tmp_path / "pages" / "plank.md").read_text(encoding="utf-8")
    assert not list((tmp_path / "pages" / "pictures").glob("*.jpg"))


# Drawings -----------------------------------------------------------------------------------------------------------


def test_bands_are_drawn_to_scale_with_words_and_patterns():
    root = ET.fromstring(draw_bands(hinge(measures={"knee": measure(target=[165, 190], warn=[155, 200])})))
    bars = [one for one in root.iter(f"{SVG}rect") if one.get("y") == "32"]
    assert [one.get("fill") for one in bars] == ["url(#fix)", "url(#warn)", "#009E73", "url(#warn)", "url(#fix)"]
    wide = [float(one.get("width", 0)) for one in bars]
    # 10 degrees of warning to 25 of target
    assert wide[1] / wide[2] == pytest.approx(10 / 25, abs=0.01)
    said = [one.text for one in root.iter(f"{SVG}text")]
    assert {"155", "165", "190", "200", "target", "warn", "fix", "Knee (°)"} <= set(said)


@pytest.mark.parametrize(
    ("keys", "zones"),
    [
        pytest.param({"target": ["open", 25], "warn": ["open", 40]}, ["target", "warn", "fix"], id="open below"),
        pytest.param({"target": [20, "open"], "warn": [0, "open"]}, ["fix", "warn", "target"], id="open above"),
        pytest.param({"target": [0, 1]}, ["warn", "target", "warn"], id="without a warning band nothing is a fix"),
        pytest.param({}, [], id="noted only"),
    ],
)
def test_scale_has_the_zones_of_its_bands(keys, zones):
    assert [part.zone for part in split_scale(measure(**keys))] == zones
    assert len(write_bands_lines(measure(**keys))) == (2 if zones else 0)


def test_scale_of_a_range_does_not_go_below_zero():
    parts = split_scale(measure(target=[0, 0.1], warn=[0, 0.2]))
    assert find_scale_span(parts, never_below=0.0)[0] == 0.0
    assert write_bands_lines(measure(target=[0, 0.1], warn=[0, 0.2], reduce="range"))[0].startswith("=")


@pytest.mark.parametrize("camera", ["side", "front", "any"])
@pytest.mark.parametrize("posture", ["standing", "sitting", "all_fours", "prone", "supine", "kneeling"])
@pytest.mark.parametrize("height", ["mat", "knee", "hip", "table"])
def test_camera_is_drawn_for_every_posture_and_height(camera, posture, height):
    view = hinge().view.model_copy(update={"camera": camera, "camera_height": height})
    movement = hinge(view=view, posture=posture)
    root = ET.fromstring(draw_camera(movement))
    assert f"{height} height" in [one.text for one in root.iter(f"{SVG}text")]
    assert root.get("aria-label") == describe_camera(movement)


def test_side_that_works_is_marked_only_where_it_matters():
    either = hinge(view=hinge().view.model_copy(update={"near": "either"}))
    assert "working side here" in draw_camera(hinge())
    assert "left or right side" in draw_camera(either)


# Pictures -----------------------------------------------------------------------------------------------------------


def test_pictures_are_cut_at_their_times(tmp_path):
    film = tmp_path / "bow.mp4"
    write_film(film)
    early, late = cut_pictures(film, [1.0, 6.0])
    again = cut_pictures(film, [6.0])[0]
    assert np.array_equal(late, again)
    assert not np.array_equal(early, late)


def test_strip_is_four_pictures_wide_and_small(tmp_path):
    film = tmp_path / "bow.mp4"
    write_film(film)
    jpeg = strip_jpeg(film, [0.5, 2.0, 5.0, 99.0])
    strip = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert strip.shape[1] == 4 * 320 + 3 * 6
    assert len(jpeg) <= MAX_STRIP_BYTES


def test_cycle_shows_its_two_ends():
    holds = [{"posture": "cow", "from_s": 2, "to_s": 3}, {"posture": "cat", "from_s": 6, "to_s": 7}]
    turn = {"start_s": 1.0, "end_s": 9.0, "hold_start_s": 2.0, "hold_end_s": 8.0, "holds": holds}
    assert choose_moments(turn, 10.0) == (0.5, 2.5, 4.5, 6.5)
    assert "start, cow, on the way, cat" in write_movement_page(load_movement("cat_cow"), has_strip=True)


def test_march_has_no_way_in_and_out():
    turn = {"start_s": 1.0, "end_s": 9.0, "hold_start_s": 1.0, "hold_end_s": 9.0}
    assert choose_moments(turn, 10.0) == (0.5, 3.0, 5.0, 7.0)


def test_a_clip_with_a_fault_or_oblique_view_is_no_demonstration():
    assert {one.path.name for one in find_demonstrations().values()} >= {"hinge_good.mp4", "cat_cow_good.mp4"}
    assert all(one.path.stem.endswith("_good") for one in find_demonstrations().values())


# Words --------------------------------------------------------------------------------------------------------------


def test_swap_is_a_link_only_where_the_catalogue_has_it():
    found = find_swap(hinge(swap="plank"))
    assert found is not None
    assert (found.id, found.words) == ("plank", "Plank")
    assert find_swap(hinge(swap="")) is None
    assert "[Plank](plank.md)" in write_movement_page(hinge(swap="plank"), has_strip=False)
    assert "**Instead.** Hands on thighs." in write_movement_page(hinge(swap="hands on thighs"), has_strip=False)


def test_dose_says_sets_and_sides():
    dose = hinge().dose.model_copy(update={"hold_s": 5.0, "repetitions": 10, "sets": 2, "each_side": False})
    assert describe_dose(hinge(dose=dose)) == "Hold 5 seconds, 10 times, 2 sets"


def test_terminal_lines_are_short_and_say_what_the_page_says():
    for movement in ALL:
        lines = list(list_movement_lines(movement))
        assert max(map(len, lines)) <= 88
        said = " ".join(" ".join(lines).split())
        for words in (*movement.steps, movement.breath, movement.easier, *movement.stop_if):
            assert words in said
        assert "= target (good)   ~ warn (nearly)   x fix (to work on)" in "\n".join(lines)


def test_list_has_one_aligned_line_for_each_movement():
    lines = list(list_lines(ALL))
    assert [line.split()[0] for line in lines] == catalogue()
    assert len({line.index("class ") for line in lines}) == 1
    assert any("all fours" in line for line in lines)


def test_advanced_movement_says_so_everywhere():
    advanced = hinge(advanced=True)
    assert "only with a therapist" in write_movement_page(advanced, has_strip=False)
    assert any("only with a therapist" in line for line in list_movement_lines(advanced))


def test_files_of_the_guide_do_not_name_this_machine(checkout: Path):
    for page in (checkout / "docs" / "movements").glob("*.md"):
        assert str(checkout) not in page.read_text(encoding="utf-8")

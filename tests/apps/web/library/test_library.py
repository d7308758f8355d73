"""The library without a browser: its cards, its pages, its timer, its clips, and the way to a check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from formcheck.apps.web import server
from formcheck.apps.web.demonstrations import ROUTES
from formcheck.apps.web.library import page
from formcheck.apps.web.library.movement_page import clip_html, render_movement
from formcheck.apps.web.library.page import collect_cards
from formcheck.apps.web.library.practise import build_sequence, practise_data, sum_length_s
from formcheck.core.movement.load import catalogue, load_movement, load_unrecognised
from formcheck.core.movement.schema import Movement
from formcheck.program.gate import GateReason, Offer

from ...conftest import MOVEMENT, stand_in_for_an_upload, write_film, write_own_movement

ALL = [load_movement(one) for one in catalogue()]


def hinge(**keys: object) -> Movement:
    return load_movement(MOVEMENT).model_copy(update=keys)


def with_dose(**keys: object) -> Movement:
    return hinge(dose=hinge().dose.model_copy(update=keys))


@pytest.fixture
def clips() -> TestClient:
    """Return a visitor of the clips alone."""
    return TestClient(Starlette(routes=ROUTES))


# Cards --------------------------------------------------------------------------------------------------------------


def test_every_movement_has_a_card_that_its_words_find():
    cards = {card["id"]: card for card in collect_cards(ALL)["cards"]}
    assert set(cards) == set(catalogue())
    for movement in ALL:
        for words in (movement.name, *movement.aliases, *movement.helps):
            assert words in cards[movement.id]["words"]


def test_filters_offer_only_what_finds_something():
    data = collect_cards([hinge(helps=["hips"], place="chair")])
    assert data["places"] == [["chair", "With a chair"]]
    assert data["helps"] == [["hips", "Hips"]]
    assert not data["has_advanced"]


def test_unknown_movement_is_reported(results):
    assert "no movement “nowhere”" in collect_cards(ALL, unknown="nowhere")["note"]


def test_an_own_movement_is_marked_and_found_by_that_word():
    *_, own = collect_cards([hinge(id="wall_bow", name="Wall bow"), *ALL])["cards"]
    assert (own["id"], own["own"], "own" in own["words"].split(" · ")) == ("wall_bow", True, True)
    assert not collect_cards(ALL)["cards"][0]["own"]


def test_library_shows_own_movements_and_names_a_bad_file(results, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    write_own_movement(tmp_path / "data" / "movements")
    write_own_movement(tmp_path / "data" / "movements", "nod", more="odd = 1\n")
    shown = {}
    monkeypatch.setattr(page, "_cards_component", lambda *, data, **_: shown.update(data))
    page.show_cards(list(page.load_all_movements().values()))
    (card,) = [one for one in shown["cards"] if one["own"]]
    assert (card["id"], card["name"]) == ("wall_bow", "Wall bow")
    assert shown["refused"][0].startswith("nod.toml: left out: ")
    assert "nod" not in {one["id"] for one in shown["cards"]}


# A movement's page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("movement", ALL, ids=lambda one: one.id)
def test_page_of_a_movement_leads_to_practice_and_to_a_check(movement):
    page = render_movement(movement)
    assert f'href="/library?movement={movement.id}&practise=1"' in page
    assert f'href="/review?movement={movement.id}"' in page
    for heading in ("How to do it", "Where the camera goes", "What the camera can see", "When to stop"):
        assert heading in page
    assert page.count("<svg") == 3


def test_page_of_an_own_movement_says_so():
    badge = "Own: from a file of this computer"
    assert badge in render_movement(hinge(id="wall_bow", steps=["Lean on the wall."]))
    assert badge not in render_movement(hinge())


def test_words_of_a_file_are_text_never_markup():
    odd = hinge(name="<b>x</b>", about="<i>y</i>", steps=["<script>1</script>"], swap="<u>z</u>", stop_if=["<s>"])
    page = render_movement(odd)
    assert "<b>x" not in page
    assert "<script" not in page
    assert "<u>z" not in page
    assert "&lt;s&gt;" in practise_data(odd)["stop_html"]


def test_movement_without_a_clip_says_so_and_still_shows_the_way(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_SAMPLES", str(tmp_path))
    assert "There is no clip yet" in clip_html(hinge())
    assert "<video" not in render_movement(hinge())
    assert "How to do it" in render_movement(hinge())


def test_swap_that_is_a_movement_is_a_link():
    assert '<a href="/library?movement=plank" target="_self">Plank</a>' in render_movement(hinge(swap="plank"))


def offer(*reasons):
    return Offer(tuple(GateReason(code, effect, f"<words of {code}>") for code, effect in reasons))


def test_what_is_left_out_says_why_and_leads_elsewhere():
    page = render_movement(hinge(), offer(("R8", "closed")))
    assert "&lt;words of R8&gt;" in page
    assert "practise" not in page
    assert 'href="/library" target="_self">Choose another' in page
    assert 'href="/review?movement=hamstring_hinge_standing"' in page


def test_what_is_softened_is_offered_with_a_word_of_caution():
    page = render_movement(hinge(), offer(("R7", "softened")))
    assert "<b>Gently.</b> &lt;words of R7&gt;" in page
    assert "practise=1" in page


def test_due_questions_are_asked_of_those_who_follow_along():
    due = offer(("ask_first", "closed"))
    assert "words of" not in render_movement(hinge(), due)
    page = render_movement(hinge(), due, follows=True)
    assert 'href="/practise?movement=hamstring_hinge_standing&ask=follow"' in page


def test_a_card_says_what_the_gate_says():
    movements = [hinge()]
    (card,) = collect_cards(movements, {hinge().id: offer(("R8", "closed"), ("R7", "softened"))})["cards"]
    assert (card["offer"], card["offer_words"]) == ("closed", "<words of R8>")
    (card,) = collect_cards(movements, {hinge().id: offer(("ask_first", "closed"))})["cards"]
    assert (card["offer"], card["offer_words"]) == ("open", "")


# The timer ----------------------------------------------------------------------------------------------------------


def test_hold_is_repeated_on_each_side_with_time_to_change():
    parts = build_sequence(with_dose(hold_s=20.0, repetitions=2, each_side=True))
    assert [(part.words, part.detail) for part in parts if part.kind in {"work", "rest"}] == [
        ("Hold", "1 of 2, first side"), ("Come out slowly", ""), ("Hold", "2 of 2, first side"), ("Change sides", ""),
        ("Hold", "1 of 2, other side"), ("Come out slowly", ""), ("Hold", "2 of 2, other side"),
    ]  # fmt: skip
    assert sum_length_s(parts) == 10 + 4 * 20 + 2 * 6 + 10
    assert parts[-1].kind == "done"


def test_cycle_flows_on_without_a_pause():
    parts = build_sequence(load_movement("cat_cow"))
    assert [part.words for part in parts[1:5]] == ["Cow", "Cat", "Cow", "Cat"]
    assert sum(part.kind == "work" for part in parts) == 20
    assert not [part for part in parts if part.kind == "rest"]


def test_sets_have_a_rest_between_them():
    parts = build_sequence(with_dose(hold_s=5.0, repetitions=2, sets=2, each_side=False))
    assert [part.words for part in parts] == [
        "Get into place", "Hold", "Come out, then in again", "Hold", "Rest", "Hold", "Come out, then in again", "Hold",
        "Done",
    ]  # fmt: skip
    assert parts[1].detail == "1 of 2, set 1 of 2"


def test_sides_take_turns_where_the_movement_says_so():
    parts = build_sequence(with_dose(hold_s=5.0, repetitions=2, each_side=True, alternating=True))
    assert [part.detail for part in parts if part.kind == "work"] == [
        "1 of 2, first side", "1 of 2, other side", "2 of 2, first side", "2 of 2, other side",
    ]  # fmt: skip


def test_holds_with_only_a_total_time_are_paced_one_by_one():
    parts = build_sequence(load_movement("pelvic_tilt_supine"))
    assert [(part.words, part.length_s) for part in parts if part.kind == "work"] == [("Hold", 5.0)] * 10


def test_moment_at_the_top_is_no_hold():
    parts = build_sequence(with_dose(hold_s=1.0, repetitions=10, each_side=False))
    assert [(part.words, part.length_s) for part in parts[1:3]] == [("Slowly, once", 5.0)] * 2


@pytest.mark.parametrize("movement", ALL, ids=lambda one: one.id)
def test_every_part_but_the_last_takes_time(movement):
    parts = build_sequence(movement)
    assert all(part.length_s > 0 for part in parts[:-1])
    assert json.loads(json.dumps(practise_data(movement)))["parts"][0]["kind"] == "ready"


# Clips --------------------------------------------------------------------------------------------------------------


def test_clip_is_sent_in_the_parts_that_are_asked_for(clips):
    answer = clips.get(f"/demonstrations/{MOVEMENT}.mp4", headers={"Range": "bytes=0-99"})
    assert answer.status_code == 206
    assert answer.headers["content-type"] == "video/mp4"
    assert len(answer.content) == 100


def test_picture_is_a_small_jpeg(clips):
    answer = clips.get(f"/demonstrations/{MOVEMENT}.jpg")
    assert answer.content.startswith(b"\xff\xd8")
    assert 5_000 < len(answer.content) <= 60_000


@pytest.mark.parametrize("name", ["nowhere.mp4", "nowhere.jpg", "..%2f..%2fetc.mp4"])
def test_what_is_no_clip_is_not_there(clips, name):
    assert clips.get(f"/demonstrations/{name}").status_code == 404


def test_clip_that_cannot_be_read_has_no_picture(clips, tmp_path, monkeypatch):
    write_card(tmp_path, monkeypatch)
    (tmp_path / "bow_good.mp4").write_bytes(b"not a film")
    assert clips.get(f"/demonstrations/{MOVEMENT}.jpg").status_code == 404


def test_new_clip_under_an_old_name_is_seen(clips, tmp_path, monkeypatch):
    assert clips.get(f"/demonstrations/{MOVEMENT}.jpg").status_code == 200
    write_card(tmp_path, monkeypatch)
    write_film(tmp_path / "bow_good.mp4")
    assert clips.get(f"/demonstrations/{MOVEMENT}.mp4").content == (tmp_path / "bow_good.mp4").read_bytes()


def write_card(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = {"movement": MOVEMENT, "faults": [], "expect_cannot_tell": [], "repetitions": [], "fps": 15,
            "frames": {"joints_in_picture": [1.0] * 180}}  # fmt: skip
    (folder / "bow_good.json").write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.setenv("FORMCHECK_SAMPLES", str(folder))


# The way to a check -------------------------------------------------------------------------------------------------


def test_review_page_opens_with_the_movement_that_was_chosen(results, tmp_path, monkeypatch):
    page = AppTest.from_file(str(server.PAGES), default_timeout=60)
    page.query_params["movement"] = MOVEMENT
    page.run()
    assert not page.exception
    assert any("Standing hamstring stretch</b> is chosen" in one.proto.body for one in page.get("html"))
    assert {one.key for one in page.button if one.label.startswith("Try")} == {
        "try-hinge_back_rounding", "try-hinge_bounce", "try-hinge_caught", "try-hinge_good", "try-hinge_oblique",
        "try-hinge_stretch_knee_bent", "try-hinge_toe_touch_flop",
    }  # fmt: skip
    stand_in_for_an_upload(monkeypatch, tmp_path)
    page.run()
    assert page.selectbox(key="movement").value == MOVEMENT
    assert not page.button(key="check").disabled


def test_review_page_asks_as_before_when_the_movement_is_unknown(results, tmp_path, monkeypatch):
    page = AppTest.from_file(str(server.PAGES), default_timeout=60)
    page.query_params["movement"] = "nowhere"
    page.run()
    assert not page.exception
    stand_in_for_an_upload(monkeypatch, tmp_path)
    page.run()
    assert page.selectbox(key="movement").value == load_unrecognised().id

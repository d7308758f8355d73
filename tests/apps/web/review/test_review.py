"""The review page without a browser: its script, its checks, its words."""

from __future__ import annotations

import math
import sys
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from formcheck.apps.web import server
from formcheck.apps.web.jobs import BOOK, StoppedError
from formcheck.apps.web.review import checks
from formcheck.apps.web.review.checks import CheckRequest, explain_failure
from formcheck.apps.web.review.choice import cut_middle_picture
from formcheck.apps.web.review.uploads import UPLOADS
from formcheck.core.errors import BackendError, SourceError, StoreError
from formcheck.core.movement.load import load_movement, load_unrecognised
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.live import recorder
from formcheck.drivers.results_store import list_results
from formcheck.drivers.samples import list_samples

from ...conftest import (
    MOVEMENT,
    make_result,
    stand_in_for_an_upload,
    wait_until,
    write_film,
    write_own_movement,
)

FORBIDDEN = ("safe", "unsafe", "injury", "risk", "slipped", "correct your", "tight psoas", "good posture", "bad back")


def open_page(**query: str) -> AppTest:
    page = AppTest.from_file(str(server.PAGES), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def words_of(page: AppTest) -> str:
    """Return everything the page says."""
    said = [element.proto.body for element in page.get("html")]
    return "\n".join(said + [element.value for kind in (page.caption, page.info, page.warning) for element in kind])


def test_the_first_page_takes_a_recording_and_says_it_stays_here(results):
    page = open_page()
    assert not page.exception
    assert "Review a recording" in words_of(page)
    assert "stays on this machine" in words_of(page)
    assert NOT_MEDICAL in words_of(page)
    assert "see what was good, what was not, when" in words_of(page)
    assert "quiet second at the start" in words_of(page)


def test_an_uploaded_movement_can_be_named_or_recognised(results, tmp_path, monkeypatch):
    page = open_page()
    assert not page.selectbox
    stand_in_for_an_upload(monkeypatch, tmp_path)
    page.run()
    assert not page.exception
    assert page.selectbox(key="movement").value == load_unrecognised().id  # found out, unless the person knows it
    assert not [button for button in page.button if button.label.startswith("Try")]
    page.selectbox(key="movement").set_value(MOVEMENT).run()
    assert not page.button(key="check").disabled


def test_own_movements_can_be_chosen_and_a_bad_file_is_named(results, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    write_own_movement(tmp_path / "data" / "movements")
    write_own_movement(tmp_path / "data" / "movements", "nod", more="odd = 1\n")
    stand_in_for_an_upload(monkeypatch, tmp_path)
    page = open_page(movement="wall_bow")
    assert not page.exception
    chosen = page.selectbox(key="movement")
    assert (chosen.value, "Wall bow (own)" in chosen.options) == ("wall_bow", True)
    assert ">nod.toml: left out: " in words_of(page)


def test_a_finished_result_shows_its_verdict_hold_and_reason(hand_key):
    page = open_page(result=hand_key)
    said = words_of(page)
    assert not page.exception
    assert "Something to work on" in said
    assert "3 of 40 s in good form" in said
    assert "1 of 2" in said
    assert "hidden by the near leg" in said
    assert NOT_MEDICAL in said


def test_name_of_a_recording_is_text_never_markup(hand_key):
    said = words_of(open_page(result=hand_key))
    assert escape("a <b>bow</b>.mp4") in said
    assert "<b>bow" not in said


@pytest.mark.parametrize("key", ["f" * 32, "../../etc/passwd", "<script>"], ids=["unknown", "a path", "markup"])
def test_the_address_of_an_unknown_result_leads_to_the_choice(results, key):
    page = open_page(result=key)
    assert not page.exception
    assert "no longer stored here" in words_of(page)


def test_damaged_result_is_reported_not_raised(results, hand_key):
    (results / hand_key / "summary.json").write_text("{", encoding="utf-8")
    page = open_page(result=hand_key)
    assert not page.exception
    assert "cannot be opened" in words_of(page)


def test_stored_results_are_deleted_on_request(results, hand_key):
    page = open_page()
    assert hand_key in words_of(page)
    page.button(key="delete").click().run()
    assert not page.exception
    assert not (results / hand_key).exists()
    assert "Nothing yet" in words_of(page)


def test_one_click_on_a_sample_runs_to_its_result(results, tmp_path, monkeypatch):
    stand_in_for_the_check(monkeypatch)
    write_sample(tmp_path / "samples", monkeypatch)
    page = open_page()
    assert "A bow." in words_of(page)
    assert "computer drawings" not in words_of(page)
    page.button(key="try-bow").click().run()
    assert not page.exception
    wait_until(lambda: len(list_results()) == 1)
    assert "Something to work on" in words_of(page.run())


def test_sample_has_a_picture_from_its_middle(tmp_path, monkeypatch):
    write_sample(tmp_path / "samples", monkeypatch)
    write_film(tmp_path / "samples" / "bow.mp4")
    [sample] = list_samples()
    jpeg = cut_middle_picture(str(sample.path), 1)
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (240, 320, 3)
    # The bar of the film, yellow, is where it is in its middle.
    yellow = np.flatnonzero(picture[120, :, 2] > 160)
    assert abs(yellow.mean() - (155 + 120 * math.sin(90 / 20))) < 4


def test_sample_that_cannot_be_read_has_a_card_without_a_picture(results, tmp_path, monkeypatch):
    write_sample(tmp_path / "samples", monkeypatch)
    page = open_page()
    assert not page.exception
    assert page.button(key="try-bow").label == "Try this *sample: Bow*"
    assert '<div class="fc-still"></div>' in words_of(page)


def test_every_sample_has_a_button_of_its_own_name(results):
    page = open_page()
    names = [button.label for button in page.button if button.label.startswith("Try")]
    assert "computer drawings, not real people" in words_of(page)
    assert len(names) == len(set(names)) == len(list_samples())


def test_set_whose_result_is_being_made_is_waited_for(results, monkeypatch):
    stages = {"c" * 32: "judging"}
    monkeypatch.setattr(recorder, "_stages", stages)
    page = open_page(result="c" * 32)
    assert not page.exception
    assert "is being put together" in words_of(page)
    stages["c" * 32] = "failed"
    assert "Make some room on the disk" in words_of(open_page(result="c" * 32))


def test_summary_of_a_set_is_shown_before_its_video(hand_key, results, monkeypatch):
    (results / hand_key / "annotated.mp4").unlink()
    monkeypatch.setattr(recorder, "_stages", {hand_key: "drawing"})
    page = open_page(result=hand_key)
    assert not page.exception
    assert "still being made" in words_of(page)
    assert "3 of 40 s in good form" in words_of(page)


def test_a_deleted_result_leads_back_to_the_choice(results):
    job = BOOK.start("b" * 32, "bow.mp4", lambda progress: None)
    wait_until(lambda: job.over)
    page = open_page(result="b" * 32)
    assert not page.exception
    assert "no longer stored here" in words_of(page)


def test_uploaded_recording_is_checked_and_its_copy_deleted(results, tmp_path, monkeypatch):
    stand_in_for_the_check(monkeypatch)
    copy = stand_in_for_an_upload(monkeypatch, tmp_path)
    page = open_page()
    page.button(key="check").click().run()
    assert not page.exception
    wait_until(lambda: len(list_results()) == 1 and not copy.parent.exists())
    assert "Something to work on" in words_of(page.run())


def test_recording_that_is_not_here_any_more_is_asked_for_again(results, tmp_path, monkeypatch):
    stand_in_for_an_upload(monkeypatch, tmp_path)
    page = open_page()
    UPLOADS.close()
    page.button(key="check").click().run()
    assert not page.exception
    assert not page.selectbox


def stand_in_for_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a check end at once with the hand-made result."""
    check = ModuleType("formcheck.drivers.recording.check")

    def check_recording(video: Path, *, out: Path, progress: Any, **_: Any) -> None:
        assert video.is_file()
        progress(1, 1)
        make_result(out, exist_ok=True)

    check.check_recording = check_recording
    monkeypatch.setitem(sys.modules, "formcheck.drivers.recording.check", check)


def write_sample(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "bow.mp4").write_bytes(b"a recording")
    (folder / "bow.json").write_text(f'{{"movement": "{MOVEMENT}", "shows": "A bow."}}', encoding="utf-8")
    (folder / "lost.mp4").write_bytes(b"no card beside it")
    monkeypatch.setenv("FORMCHECK_SAMPLES", str(folder))


def test_stopped_check_leaves_no_result(results, tmp_path, monkeypatch):
    check = ModuleType("formcheck.drivers.recording.check")

    def check_recording(video: Path, **_: Any) -> None:
        raise StoppedError

    check.check_recording = check_recording
    monkeypatch.setitem(sys.modules, "formcheck.drivers.recording.check", check)
    work = checks.check_work("a" * 32, CheckRequest("bow.mp4", tmp_path / "bow.mp4", load_movement(MOVEMENT)))
    with pytest.raises(StoppedError):
        work(lambda done, total: None)
    assert list(results.iterdir()) == []


def test_error_names_the_file_as_the_person_knows_it(results, tmp_path, monkeypatch):
    check = ModuleType("formcheck.drivers.recording.check")

    def check_recording(video: Path, **_: Any) -> None:
        raise SourceError("expected a recording, got text", about=video.name)

    check.check_recording = check_recording
    monkeypatch.setitem(sys.modules, "formcheck.drivers.recording.check", check)
    work = checks.check_work("a" * 32, CheckRequest("notes.mp4", tmp_path / "copy.mp4", load_movement(MOVEMENT)))
    with pytest.raises(SourceError, match=r"^notes\.mp4: expected a recording, got text$"):
        work(lambda done, total: None)


@pytest.mark.parametrize(
    ("error", "todo"),
    [
        (SourceError("x"), "MP4"),
        (BackendError("x"), "doctor"),
        (StoreError("x"), "disk"),
        (ValueError("x"), "once more"),
    ],
)
def test_every_failure_says_what_to_do(error, todo):
    assert todo in explain_failure(error)[1]


def test_page_never_says_what_the_wording_rules_forbid(hand_key):
    folder = Path(server.__file__).parent
    sources = [p.read_text(encoding="utf-8") for p in folder.glob("review*/player.*")]
    said = " ".join([words_of(open_page(result=hand_key)), words_of(open_page()), *sources]).lower()
    assert [word for word in FORBIDDEN if f" {word}" in said] == []

"""The review page without a browser: its script, its files over the wire, its jobs and its words."""

from __future__ import annotations

import io
import threading
import time
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from formcheck.apps import review_choice, serve
from formcheck.apps.jobs import JobBook, StoppedError
from formcheck.apps.result_routes import ROUTES, DoorGuard, file_url, grant, is_own_name
from formcheck.apps.results import delete_results, find_result, list_results, new_result, result_key, sha256_of
from formcheck.apps.review import failure_words
from formcheck.apps.review_player import hold_parts, phase_parts
from formcheck.apps.samples import list_samples
from formcheck.apps.verdict_words import NOT_MEDICAL, faults_of, say_verdict
from formcheck.core.errors import BackendError, SourceError, StoreError
from formcheck.core.movement import load_movement

from .conftest import MOVEMENT, hand_made_summary, make_result

FORBIDDEN = (
    "safe",
    "unsafe",
    "injury",
    "risk",
    "slipped",
    "correct your",
    "tight psoas",
    "good posture",
    "bad posture",
)


# The script ---------------------------------------------------------------------------------------------------------


def open_page(**query: str) -> AppTest:
    page = AppTest.from_file(str(serve.PAGES), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def words_of(page: AppTest) -> str:
    """Return everything the page says."""
    said = [element.proto.body for element in page.get("html")]
    return "\n".join(said + [element.value for kind in (page.caption, page.info, page.warning) for element in kind])


def test_first_page_offers_to_drop_a_recording_and_says_that_it_stays_here(results):
    page = open_page()
    assert not page.exception
    assert "Review a recording" in words_of(page)
    assert "stays on this machine" in words_of(page)
    assert NOT_MEDICAL in words_of(page)
    assert page.button(key="check").disabled


def test_finished_result_is_shown_with_its_verdict_hold_and_reason(hand_key):
    page = open_page(result=hand_key)
    said = words_of(page)
    assert not page.exception
    assert "Something to work on" in said
    assert "3 of 20 s valid" in said
    assert "1 of 2" in said
    assert "hidden by the near leg" in said
    assert NOT_MEDICAL in said


def test_name_of_a_recording_is_text_never_markup(hand_key):
    said = words_of(open_page(result=hand_key))
    assert escape("a <b>bow</b>.mp4") in said
    assert "<b>bow" not in said


@pytest.mark.parametrize("key", ["f" * 32, "../../etc/passwd", "<script>"], ids=["unknown", "a path", "markup"])
def test_address_of_a_result_that_is_not_stored_leads_back_to_the_choice(results, key):
    page = open_page(result=key)
    assert not page.exception
    assert "not stored here any more" in words_of(page)


def test_damaged_result_is_told_not_raised(results, hand_key):
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


def test_picked_sample_brings_its_movement_and_runs_to_its_result(results, tmp_path, monkeypatch):
    stand_in_for_the_check(monkeypatch)
    write_sample(tmp_path / "samples", monkeypatch)
    page = open_page()
    page.selectbox(key="sample").set_value(list_samples()[0]).run()
    assert page.selectbox(key="movement").value == MOVEMENT
    page.button(key="check").click().run()
    assert not page.exception
    wait_until(lambda: len(list_results()) == 1)
    assert "Something to work on" in words_of(page.run())


def stand_in_for_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a check end at once with the hand-made result."""
    check = ModuleType("formcheck.apps.check")

    def check_recording(video: Path, *, out: Path, progress: Any, **_: Any) -> None:
        assert video.is_file()
        progress(1, 1)
        make_result(out, exist_ok=True)

    check.check_recording = check_recording
    monkeypatch.setitem(__import__("sys").modules, "formcheck.apps.check", check)


def write_sample(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "bow.mp4").write_bytes(b"a recording")
    (folder / "bow.json").write_text(f'{{"movement": "{MOVEMENT}", "shows": "A bow."}}', encoding="utf-8")
    (folder / "lost.mp4").write_bytes(b"no card beside it")
    monkeypatch.setenv("FORMCHECK_SAMPLES", str(folder))


def wait_until(true: Any, seconds: float = 10.0) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.02)


# Files over the wire ------------------------------------------------------------------------------------------------


@pytest.fixture
def client(results) -> TestClient:
    app = Starlette(routes=ROUTES, middleware=[Middleware(DoorGuard, bound_host="127.0.0.1")])
    return TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000))


def test_part_of_a_video_is_sent_when_a_part_is_asked_for(client, results, hand_key):
    whole = (results / hand_key / "annotated.mp4").read_bytes()
    answer = client.get(file_url(hand_key, "annotated.mp4"), headers={"Range": "bytes=10-29"})
    assert answer.status_code == 206
    assert answer.content == whole[10:30]
    assert answer.headers["content-range"] == f"bytes 10-29/{len(whole)}"
    assert answer.headers["content-type"] == "video/mp4"


def test_whole_file_says_that_parts_may_be_asked_for(client, hand_key):
    answer = client.get(file_url(hand_key, "annotated.mp4"))
    assert answer.status_code == 200
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-disposition" not in answer.headers


def test_file_to_keep_bears_the_name_of_the_recording(client, hand_key):
    answer = client.get(file_url(hand_key, "summary.json", keep=True))
    assert 'filename="a__b_bow__b_-summary.json"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/results/{key}/annotated.mp4",
        "/results/" + "0" * 64 + "/annotated.mp4",
        "/results/{token}/card.json",
        "/results/{token}/..%2F..%2Fsecret.txt",
        "/results/{token}/%2e%2e/secret.txt",
        "/results/{token}/....//secret.txt",
        "/results/..%2F{token}/summary.json",
        "/results/{token}/C:%5Csecret.txt",
    ],
)
def test_nothing_but_granted_files_can_be_fetched(client, results, hand_key, path):
    (results.parent / "secret.txt").write_text("secret", encoding="utf-8")
    answer = client.get(path.format(key=hand_key, token=grant(hand_key)))
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.txt", "")


def test_deleted_result_is_gone_under_its_old_address(client, hand_key):
    url = file_url(hand_key, "annotated.mp4")
    delete_results()
    assert client.get(url).status_code == 404


def test_tokens_of_two_results_differ_and_do_not_tell_the_key():
    assert grant("a" * 32) != grant("b" * 32)
    assert "a" * 32 not in grant("a" * 32)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8501"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "me@127.0.0.1"},
        {"Host": ""},
        {"Host": "192.168.0.7:8501"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: "{}: {}".format(*next(iter(headers.items()))),
)
def test_request_under_a_foreign_name_or_from_a_foreign_page_is_refused(client, hand_key, headers):
    assert client.get(file_url(hand_key, "annotated.mp4"), headers=headers).status_code == 403


def test_caller_from_another_machine_is_refused_when_only_this_one_may_come_in(results, hand_key):
    app = Starlette(routes=ROUTES, middleware=[Middleware(DoorGuard, bound_host="127.0.0.1")])
    stranger = TestClient(app, base_url="http://127.0.0.1:8501", client=("192.168.0.9", 50000))
    assert stranger.get(file_url(hand_key, "annotated.mp4")).status_code == 403


@pytest.mark.parametrize(
    ("host", "bound", "own"),
    [
        ("127.0.0.1:8501", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("[::1]:8501", "127.0.0.1", True),
        ("evil.example", "0.0.0.0", False),
        ("192.168.0.7:8501", "0.0.0.0", True),
        ("clinic.local:8501", "clinic.local", True),
        ("clinic.local:port", "clinic.local", False),
    ],
)
def test_own_names_are_those_of_the_bound_address(host, bound, own):
    assert is_own_name(host, bound) is own


def test_every_page_forbids_loading_from_other_hosts(client, hand_key):
    policy = client.get(file_url(hand_key, "summary.json")).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


# Jobs ---------------------------------------------------------------------------------------------------------------


def test_same_question_from_two_pages_is_one_job_and_one_of_them_may_give_up():
    book, go = JobBook(workers=1), threading.Event()
    job = book.start("k", "bow.mp4", lambda progress: until_stopped(progress, go))
    assert book.start("k", "bow.mp4", lambda progress: None) is job
    assert book.find("k", "one") is book.find("k", "two") is job
    book.leave("k", "one")
    time.sleep(0.1)
    assert not job.over
    book.leave("k", "two")
    wait_until(lambda: job.over)
    assert job.state == "stopped"
    book.stop_all()


def test_two_recordings_do_not_disturb_each_other():
    book, go = JobBook(workers=2), threading.Event()
    long = book.start("long", "long.mp4", lambda progress: until_stopped(progress, go))
    bad = book.start("bad", "bad.mp4", fail)
    wait_until(lambda: bad.over)
    assert (bad.state, str(bad.error)) == ("failed", "no pictures in it")
    assert not long.over
    go.set()
    wait_until(lambda: long.over)
    assert long.state == "finished"
    book.stop_all()


def test_closing_the_app_stops_what_runs():
    book = JobBook(workers=1)
    job = book.start("k", "bow.mp4", lambda progress: until_stopped(progress, threading.Event()))
    book.stop_all()
    wait_until(lambda: job.over)
    assert job.state == "stopped"


def until_stopped(progress: Any, go: threading.Event) -> None:
    done = 0
    while not go.wait(0.01):
        progress(done := done + 1, 1000)


def fail(_progress: Any) -> None:
    raise SourceError("no pictures in it")


def test_stopped_check_leaves_neither_result_nor_copy(results, tmp_path, monkeypatch):
    seen: list[Path] = []
    check = ModuleType("formcheck.apps.check")

    def check_recording(video: Path, **_: Any) -> None:
        seen.append(video)
        raise StoppedError

    check.check_recording = check_recording
    monkeypatch.setitem(__import__("sys").modules, "formcheck.apps.check", check)
    work = review_choice.check_work("a" * 32, "bow.mp4", io.BytesIO(b"x"), load_movement(MOVEMENT), "auto")
    with pytest.raises(StoppedError):
        work(lambda done, total: None)
    assert not seen[0].exists()
    assert list(results.iterdir()) == []


def test_error_names_the_file_as_the_person_knows_it(results, monkeypatch):
    check = ModuleType("formcheck.apps.check")

    def check_recording(video: Path, **_: Any) -> None:
        raise SourceError(f"{video}: expected a recording, got text")

    check.check_recording = check_recording
    monkeypatch.setitem(__import__("sys").modules, "formcheck.apps.check", check)
    work = review_choice.check_work("a" * 32, "notes.mp4", io.BytesIO(b"x"), load_movement(MOVEMENT), "auto")
    with pytest.raises(SourceError, match=r"^notes\.mp4: expected a recording, got text$"):
        work(lambda done, total: None)


# What is stored -----------------------------------------------------------------------------------------------------


def test_result_is_there_whole_or_not_at_all(results):
    def half() -> None:
        with new_result("a" * 32, recording="r.mp4", movement="m") as folder:
            (folder / "summary.json").write_text("{}", encoding="utf-8")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        half()
    assert find_result("a" * 32) is None
    assert list(results.iterdir()) == []


def test_same_question_finished_twice_keeps_the_first(results, hand_key):
    with new_result(hand_key, recording="other.mp4", movement="m"):
        pass
    found = find_result(hand_key)
    assert found is not None
    assert found.recording == "a <b>bow</b>.mp4"


@pytest.mark.parametrize("changed", ["recording_sha256", "movement_sha256", "model_sha256", "side"])
def test_key_changes_with_everything_that_could_change_the_answer(changed):
    same = {"recording_sha256": "r", "movement_sha256": "m", "model_sha256": "p", "side": "auto"}
    assert result_key(**same) == result_key(**same)
    assert result_key(**same) != result_key(**{**same, changed: "other"})


def test_hash_of_a_stream_is_of_all_of_it_wherever_it_stands():
    stream = io.BytesIO(b"abc")
    stream.seek(2)
    # printf abc | sha256sum
    assert sha256_of(stream) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert stream.tell() == 0


# Words and timeline -------------------------------------------------------------------------------------------------


def test_verdict_says_good_to_work_on_and_unseen():
    verdict = say_verdict(hand_made_summary(), load_movement(MOVEMENT))
    assert verdict.headline == "Something to work on"
    assert [state for state, _ in verdict.work_on] == ["fix", "warn"]
    assert len(verdict.good) == 1
    assert verdict.unseen == ["Supporting knee: hidden by the near leg"]
    assert ("Held", "3 of 20 s valid") in verdict.facts


def test_verdict_of_a_recording_without_anybody_is_kind():
    summary = {**hand_made_summary(), "faults": [], "checks": [], "repetitions": [], "verdict": "cannot_tell"}
    summary["view"] = {"kind": "unknown", "verdict": "refused", "reasons": ["nobody is seen"]}
    verdict = say_verdict(summary, load_movement(MOVEMENT))
    assert verdict.headline == "Cannot tell from this recording"
    assert verdict.unseen == ["nobody is seen"]


def test_marks_come_gravest_first_with_value_and_limit():
    faults = faults_of(hand_made_summary(), load_movement(MOVEMENT))
    assert [fault.from_s for fault in faults] == [5.5, 6.4]
    assert faults[0].detail == "14 % ± 4 (limit 6 %)"


def test_hold_is_cut_where_its_clock_paused():
    parts = hold_parts(hand_made_summary()["repetitions"], {"back_rounding": "back rounding"})
    assert [(part["from_s"], part["to_s"], part["paused"]) for part in parts] == [
        (4.0, 5.5, ""),
        (5.5, 7.2, "back rounding"),
        (7.2, 8.5, ""),
    ]


def test_phase_without_a_name_is_absent():
    parts = phase_parts([0.0, 1.0, 2.0], ["setup", None, float("nan")])
    assert [part["name"] for part in parts] == ["setup", "absent"]


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
    assert todo in failure_words(error)[1]


def test_page_never_says_what_the_wording_rules_forbid(hand_key):
    folder = Path(serve.__file__).parent
    sources = [p.read_text(encoding="utf-8") for p in folder.glob("review*/player.*")]
    said = " ".join([words_of(open_page(result=hand_key)), words_of(open_page()), *sources]).lower()
    assert [word for word in FORBIDDEN if f" {word}" in said] == []


# Starting -----------------------------------------------------------------------------------------------------------


def test_settings_keep_the_app_to_itself():
    settings = serve.settings_for("127.0.0.1")
    assert settings["browser.gatherUsageStats"] is False
    assert settings["server.address"] == "127.0.0.1"
    assert settings["server.maxUploadSize"] == 2048
    assert settings["theme.dark.backgroundColor"] != settings["theme.light.backgroundColor"]


def test_port_that_is_taken_is_passed_over():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve.free_port("127.0.0.1", port) > port


def test_address_of_another_machine_is_told():
    with pytest.raises(BackendError, match="no-such-host"):
        serve.free_port("no-such-host.invalid", 8501)


def test_app_without_streamlit_names_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "streamlit", None)
    with pytest.raises(BackendError, match=r"formcheck\[app\]"):
        serve.run_app()

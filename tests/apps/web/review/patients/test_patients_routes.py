"""The page of patients: what is shown only while a folder is open, and what is refused."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.access import tokens
from formcheck.apps.web.jobs import JobBook
from formcheck.apps.web.review.desk.routes import ROUTES as DESK_ROUTES
from formcheck.apps.web.review.patients.routes import ROUTES
from formcheck.apps.web.review.patients.words import PATIENTS_WORDS
from formcheck.apps.web.review.result_routes import ROUTES as FILE_ROUTES
from formcheck.apps.web.review.result_routes import file_url
from formcheck.drivers.patients import unlocked
from formcheck.drivers.patients import vault as vaults
from formcheck.drivers.patients.practice import keep_practised_set
from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
from formcheck.drivers.results_store import find_result, find_results_dir, open_new_result
from formcheck.drivers.user_data import GUEST, run_as

from ....conftest import make_result, wait_until

SECRET, OTHER = "correct horse battery", "wrong horse battery"
HOSTILE = '"><script>alert(1)</script> \u05e9\u05dc\u05d5\u05dd =1+1 🙂'
KEY, LABEL = "a" * 32, f"{HOSTILE}.mp4 · Standing hamstring stretch"


@pytest.fixture
def client(results, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(vaults, "_COST", 2**14)  # the cost of a try is not what is tested
    OPEN_PATIENTS.__init__()
    return TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1")


@pytest.fixture
def stored(client):
    with open_new_result(KEY, recording=f"{HOSTILE}.mp4", movement="Plank") as work:
        make_result(work, exist_ok=True)
    return find_result(KEY)


def post(client, name, body=None, **headers):
    sent = {tokens.TOKEN_HEADER: tokens.make_token(), **headers}
    return client.post(f"/review/patients/{name}", content=json.dumps(body or {}), headers=sent)


def add(client, code="A-17", passphrase=""):
    return post(client, "add", {"code": code, "passphrase": passphrase}).json()["id"]


def test_the_page_has_all_its_words_and_no_script_within(client):
    page = client.get("/review/patients").text
    assert all(str(words) for words in PATIENTS_WORDS.values())
    assert page.count("<script") == 2
    assert "Patienten" in client.get("/review/patients", headers={"Accept-Language": "de"}).text
    assert client.get("/review/patients/web/main.js").status_code == 200
    assert client.get("/review/patients/web/..%2Froutes.py").status_code == 404


def test_only_our_page_and_no_guest_comes_in(client):
    assert client.post("/review/patients/list", content="{}").status_code == 403
    assert post(client, "list", **{"sec-fetch-site": "cross-site"}).status_code == 403
    refused = run_as(GUEST, post, client, "list")
    assert (refused.status_code, "guests" in refused.json()["problem"]) == (403, True)
    assert post(client, "list", {"x": "x" * 9000}).status_code == 413


@pytest.mark.parametrize(
    "name", ["show", "unlock", "lock", "active", "move_in", "open", "put_back", "take_out", "delete"]
)
@pytest.mark.parametrize("body", [{}, {"id": "../../x"}, {"id": 7}, {"id": "0" * 16}, [1]])
def test_what_names_no_patient_is_refused(client, name, body):
    add(client)
    sent = {tokens.TOKEN_HEADER: tokens.make_token()}
    found = client.post(f"/review/patients/{name}", content=json.dumps(body), headers=sent)
    assert (found.status_code, bool(found.json()["problem"])) == (400, True)


def test_a_hostile_name_is_a_name(client):
    where = add(client, HOSTILE)
    [one] = post(client, "list").json()["patients"]
    assert one == {"id": where, "code": " ".join(HOSTILE.split()), "encrypted": False, "open": True}
    refused = post(client, "add", {"code": HOSTILE})
    assert (refused.status_code, "choose another code" in refused.json()["problem"]) == (400, True)
    assert post(client, "add", {"code": "  "}).status_code == 400
    assert post(client, "add", {"code": "x" * 300}).status_code == 400


def test_a_short_passphrase_makes_no_folder(client):
    assert post(client, "add", {"code": "A-17", "passphrase": "short"}).status_code == 400
    assert post(client, "list").json()["patients"] == []


def test_a_locked_folder_shows_nothing_but_its_code(client, stored):
    where = add(client, passphrase=SECRET)
    moved = post(client, "move_in", {"id": where, "key": KEY}).json()
    assert ([one["label"] for one in moved["kept"]], moved["stored"]) == (
        [LABEL],
        [],
    )
    assert not stored.folder.exists()
    assert post(client, "lock", {"id": where}).json() == {"count": 0}
    locked = post(client, "show", {"id": where}).json()
    assert locked == {"id": where, "code": "A-17", "encrypted": True, "open": False}
    for name, body in (("open", {"name": KEY}), ("take_out", {"name": KEY}), ("put_back", {"name": KEY}),
                       ("active", {"active": True}), ("encrypt", {"passphrase": SECRET})):  # fmt: skip
        assert post(client, name, {"id": where, **body}).status_code == 400
    refused = post(client, "unlock", {"id": where, "passphrase": OTHER})
    assert (refused.status_code, "cannot be found again" in refused.json()["problem"]) == (400, True)
    assert post(client, "unlock", {"id": where, "passphrase": SECRET}).json()["kept"] == moved["kept"]


def test_a_copy_is_worked_on_and_locking_puts_it_back(client, stored):
    where = add(client, passphrase=SECRET)
    post(client, "move_in", {"id": where, "key": KEY})
    assert post(client, "open", {"id": where, "name": KEY}).json() == {"url": f"/review/desk?result={KEY}"}
    (find_result(KEY).folder / "corrections.json").write_text("{}", "utf-8")
    assert post(client, "show", {"id": where}).json()["kept"][0]["copy"]
    assert post(client, "lock", {"id": where}).json() == {"count": 1}
    assert list(find_results_dir().iterdir()) == []
    post(client, "unlock", {"id": where, "passphrase": SECRET})
    post(client, "open", {"id": where, "name": KEY})
    assert (find_result(KEY).folder / "corrections.json").read_text("utf-8") == "{}"
    assert not post(client, "put_back", {"id": where, "name": KEY}).json()["kept"][0]["copy"]
    assert post(client, "put_back", {"id": where, "name": KEY}).status_code == 400


def test_an_unused_folder_locks_itself(client, monkeypatch):
    where = add(client, passphrase=SECRET)
    assert post(client, "show", {"id": where}).json()["open"]
    monkeypatch.setattr(unlocked, "LOCKED_AFTER_S", -1.0)
    assert not post(client, "show", {"id": where}).json()["open"]


def test_what_leaves_is_in_the_log_and_nothing_is_left_behind(client, stored, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    where = add(client)
    files = {file.name for file in stored.folder.iterdir()}
    post(client, "move_in", {"id": where, "key": KEY})
    answer = post(client, "take_out", {"id": where, "name": KEY})
    assert set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) >= files
    [entry] = post(client, "show", {"id": where}).json()["exports"]
    assert (entry["what"], entry["to"]) == (LABEL, "zip file")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("formcheck")] == []
    assert post(client, "take_out", {"id": where, "name": "other"}).status_code == 400


def test_a_result_of_another_person_is_not_moved(client, stored):
    where = add(client)
    card = {"recording": "x", "movement": "x", "person": "b" * 16}
    (stored.folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert post(client, "move_in", {"id": where, "key": KEY}).status_code == 400
    assert post(client, "show", {"id": where}).json()["stored"] == []
    assert stored.folder.is_dir()


def test_new_results_go_where_the_therapist_chose(client):
    where = add(client, passphrase=SECRET)
    assert post(client, "active", {"id": where, "active": True}).json()["active"]
    book = JobBook(1)
    book.when_finished = OPEN_PATIENTS.keep_finished

    def check(_progress):
        with open_new_result(KEY, recording="new.mp4", movement="Plank") as work:
            make_result(work, exist_ok=True)

    job = book.start(KEY, "new.mp4", check)
    wait_until(lambda: job.over)
    [kept] = post(client, "show", {"id": where}).json()["kept"]
    assert (job.state, kept["label"], kept["copy"]) == ("finished", "new.mp4 · Standing hamstring stretch", True)
    assert not post(client, "active", {"id": where, "active": False}).json()["active"]
    book.stop_all()


def test_a_locked_folder_does_not_fail_a_check(client, stored, caplog):
    where = add(client, passphrase=SECRET)
    post(client, "active", {"id": where, "active": True})
    OPEN_PATIENTS._open.clear()
    OPEN_PATIENTS.keep_finished(KEY)
    assert "was not kept for the patient" in caplog.text
    assert find_result(KEY) is not None


def test_a_folder_is_encrypted_later_and_its_passphrase_changed(client, stored):
    where = add(client)
    post(client, "move_in", {"id": where, "key": KEY})
    assert post(client, "encrypt", {"id": where, "passphrase": "short"}).status_code == 400
    assert post(client, "encrypt", {"id": where, "passphrase": SECRET}).json()["encrypted"]
    assert post(client, "passphrase", {"id": where, "old": OTHER, "passphrase": OTHER}).status_code == 400
    assert post(client, "passphrase", {"id": where, "old": SECRET, "passphrase": OTHER}).status_code == 200
    post(client, "lock", {"id": where})
    assert post(client, "unlock", {"id": where, "passphrase": SECRET}).status_code == 400
    assert len(post(client, "unlock", {"id": where, "passphrase": OTHER}).json()["kept"]) == 1


def test_everything_goes_only_with_the_written_code(client):
    where, other = add(client), add(client, "B-18")
    for code in ("", "B-18", "a-17"):
        assert post(client, "delete", {"id": where, "code": code}).status_code == 400
    assert post(client, "delete", {"id": where, "code": "A-17"}).json() == {}
    assert [one["id"] for one in post(client, "list").json()["patients"]] == [other]


def test_deleting_a_patient_deletes_working_copies(client, stored):
    where = add(client, passphrase=SECRET)
    post(client, "move_in", {"id": where, "key": KEY})
    post(client, "open", {"id": where, "name": KEY})
    OPEN_PATIENTS._open.clear()
    assert post(client, "delete", {"id": where, "code": "A-17"}).status_code == 400  # locked
    post(client, "unlock", {"id": where, "passphrase": SECRET})
    assert post(client, "delete", {"id": where, "code": "A-17"}).json() == {}
    assert (find_result(KEY), post(client, "list").json()["patients"]) == (None, [])


def test_a_download_from_the_desk_is_in_the_log(client, stored):
    where = add(client)
    post(client, "move_in", {"id": where, "key": KEY})
    post(client, "open", {"id": where, "name": KEY})
    (find_result(KEY).folder / "report.pdf").write_bytes(b"%PDF")
    desk = TestClient(Starlette(routes=DESK_ROUTES), base_url="http://127.0.0.1")
    assert desk.get(f"/review/desk/made?result={KEY}&name=report.pdf").content == b"%PDF"
    [entry] = post(client, "show", {"id": where}).json()["exports"]
    assert (entry["what"], entry["to"]) == (
        f"{LABEL}: report.pdf",
        "download from the desk",
    )


def test_a_download_from_review_is_in_the_log_or_refused(client, stored):
    where = add(client, passphrase=SECRET)
    post(client, "move_in", {"id": where, "key": KEY})
    post(client, "open", {"id": where, "name": KEY})
    review = TestClient(Starlette(routes=FILE_ROUTES), base_url="http://127.0.0.1")
    assert review.get(file_url(KEY, "summary.json")).status_code == 200  # what the page itself shows is no download
    assert review.get(file_url(KEY, "summary.json", keep=True)).status_code == 200
    [entry] = post(client, "show", {"id": where}).json()["exports"]
    assert (entry["what"], entry["to"]) == (
        f"{LABEL}: summary.json",
        "download from Review",
    )
    OPEN_PATIENTS._open.clear()
    refused = review.get(file_url(KEY, "summary.json", keep=True))
    assert (refused.status_code, "got a locked one" in refused.text) == (400, True)


# Copies that nobody puts back -----------------------------------------------------------------------------------------


@pytest.fixture
def opened(client, stored):
    """Return the folder of a patient, with a working copy that was changed."""
    where = add(client, passphrase=SECRET)
    post(client, "move_in", {"id": where, "key": KEY})
    post(client, "open", {"id": where, "name": KEY})
    (find_result(KEY).folder / "corrections.json").write_text("CHANGED")
    return where


def require_put_back(client, where):
    """The copy is gone from the results, and the change is in the folder."""
    assert list(find_results_dir().iterdir()) == []
    assert not post(client, "show", {"id": where}).json()["open"]
    assert len(post(client, "unlock", {"id": where, "passphrase": SECRET}).json()["kept"]) == 1
    post(client, "open", {"id": where, "name": KEY})
    assert (find_result(KEY).folder / "corrections.json").read_text() == "CHANGED"


def test_an_unused_folder_puts_its_copies_back(client, opened, monkeypatch):
    OPEN_PATIENTS.lock_unused()
    assert find_result(KEY) is not None
    with monkeypatch.context() as patch:
        patch.setattr(unlocked, "LOCKED_AFTER_S", -1.0)
        OPEN_PATIENTS.lock_unused()
    require_put_back(client, opened)


def test_work_at_the_desk_keeps_the_folder_open(client, opened, monkeypatch):
    folder, _ = OPEN_PATIENTS._open[opened]
    OPEN_PATIENTS._open[opened] = (folder, -unlocked.LOCKED_AFTER_S)
    desk = TestClient(Starlette(routes=DESK_ROUTES), base_url="http://127.0.0.1")
    desk.get(f"/review/desk/film?result={KEY}")
    OPEN_PATIENTS.lock_unused()
    assert find_result(KEY) is not None


def test_the_end_of_the_app_puts_copies_back(client, opened):
    OPEN_PATIENTS.close_all()
    require_put_back(client, opened)


def test_a_full_disk_leaves_the_copy_and_it_is_tried_again(client, opened, monkeypatch, caplog):
    monkeypatch.setattr(unlocked, "LOCKED_AFTER_S", -1.0)
    with monkeypatch.context() as patch:
        patch.setattr(vaults.Vault, "encrypt_file", lambda *_a, **_k: (_ for _ in ()).throw(OSError(28, "full")))
        OPEN_PATIENTS.lock_unused()
    assert (find_result(KEY) is not None, "could not be put back" in caplog.text) == (True, True)
    OPEN_PATIENTS.lock_unused()
    monkeypatch.undo()
    assert find_result(KEY) is None


@pytest.mark.parametrize("passphrase", ["", SECRET])
def test_what_a_killed_app_left_is_locked_by_the_next(client, stored, passphrase):
    """A process opens a copy, changes it and is killed; nobody knows the passphrase after that."""
    where = add(client, passphrase=passphrase)
    post(client, "move_in", {"id": where, "key": KEY})
    work = (
        "import sys, time\n"
        "from formcheck.drivers.patients.folders import open_patient\n"
        "from formcheck.drivers.results_store import find_result\n"
        f"open_patient('A-17', passphrase={passphrase or None!r}).open_copy({KEY!r})\n"
        f"(find_result({KEY!r}).folder / 'corrections.json').write_text('CHANGED')\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        OPEN_PATIENTS.lock_left_copies()
        assert find_result(KEY) is not None  # its process still works on it
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    OPEN_PATIENTS._open.clear()
    OPEN_PATIENTS.lock_left_copies()
    if passphrase:
        require_put_back(client, where)
    else:
        assert (find_result(KEY), len(post(client, "show", {"id": where}).json()["kept"])) == (None, 1)


def test_what_is_made_of_a_copy_belongs_to_the_patient(client, opened):
    made = "c" * 32
    OPEN_PATIENTS.expect(made, find_result(KEY))
    with open_new_result(made, recording="other person", movement="Plank") as work:
        make_result(work, exist_ok=True)
    OPEN_PATIENTS.keep_finished(made)
    kept = post(client, "show", {"id": opened}).json()["kept"]
    assert {(one["name"], one["copy"]) for one in kept} == {(KEY, True), (made, True)}


# Practice -------------------------------------------------------------------------------------------------------------


def test_recorded_sets_go_to_the_folder_also_while_it_is_locked(client):
    where = add(client, passphrase=SECRET)
    assert post(client, "practice", {"id": where, "active": True}).json()["practice"]
    post(client, "lock", {"id": where})
    with open_new_result(KEY, recording="Practised", movement="Plank") as work:
        make_result(work, exist_ok=True)
    keep_practised_set(KEY)
    shown = post(client, "unlock", {"id": where, "passphrase": SECRET}).json()
    assert [(one["label"], one["copy"], one["can_open"]) for one in shown["kept"]] == [
        ("Practised · Standing hamstring stretch", False, True)
    ]
    assert (shown["stored"], find_result(KEY) is not None) == ([], True)
    url = post(client, "open", {"id": where, "name": shown["kept"][0]["name"]}).json()["url"]
    assert not url.endswith(KEY)  # the person's own stays as it is
    post(client, "lock", {"id": where})
    assert [one.name for one in find_results_dir().iterdir()] == [KEY]
    post(client, "unlock", {"id": where, "passphrase": SECRET})
    assert not post(client, "practice", {"id": where, "active": False}).json()["practice"]


def test_a_diary_needs_practice(client):
    where = add(client)
    refused = post(client, "diary", {"id": where})
    assert (refused.status_code, "has practised" in refused.json()["problem"]) == (400, True)


def test_a_working_copy_knows_its_patient(client, opened):
    assert OPEN_PATIENTS.find_code(find_result(KEY)) == "A-17"
    with open_new_result("d" * 32, recording="x", movement="Plank") as work:
        make_result(work, exist_ok=True)
    assert OPEN_PATIENTS.find_code(find_result("d" * 32)) == ""

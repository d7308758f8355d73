"""The desk's routes: what they refuse, and that nothing but the named files ever leaves a result."""

from __future__ import annotations

import json
import shutil

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.access import tokens
from formcheck.apps.web.review.desk import patient
from formcheck.apps.web.review.desk.routes import MOST_BODY_BYTES, ROUTES
from formcheck.apps.web.review.desk.words import DESK_WORDS
from formcheck.apps.web.review.script_page import NAVIGATION_WORDS
from formcheck.core.movement.load import load_unrecognised
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.patient import PatientPoint
from formcheck.drivers.therapist.corrected import load_corrections, load_kept, load_measured
from formcheck.drivers.therapist.own_plan import read_own_plan

HINGE, KEY = "hamstring_hinge_standing", "d" * 32
ME = "A. Therapist"


@pytest.fixture
def folder(results, checkout):
    check_recording(checkout / "tests" / "data" / "hinge_knee_bent.parquet", movement=HINGE, out=results / KEY)
    card = {"recording": "bent.mp4", "movement": "Standing hamstring stretch"}
    (results / KEY / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return results / KEY


@pytest.fixture
def client(folder):
    return TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1")


def post(client, name, body, key=KEY, **headers):
    sent = {tokens.TOKEN_HEADER: tokens.make_token(), **headers}
    return client.post(f"/review/desk/{name}?result={key}", content=json.dumps(body), headers=sent)


def reject(fault="stretch_knee_bent", **about):
    return {"kind": "reject_fault", "by": ME, "about": {"fault": fault, **about}}


@pytest.fixture
def begun(monkeypatch):
    """Return the list of what is asked to be checked; the check itself is left out."""
    asked = []

    def start_check(wanted, sha256, *, after):
        asked.append((wanted, wanted.path.read_bytes(), sha256))
        after()
        return "f" * 32

    monkeypatch.setattr(patient, "start_check", start_check)
    return asked


def test_recording_is_checked_again_for_who_was_clicked(client, folder, begun):
    (folder / "undrawn.mp4").write_bytes(b"film")
    measured = load_measured(folder)
    answer = post(client, "patient", {"x": 0.25, "y": 0.5, "at_s": 2.0})
    assert answer.json() == {"result": "f" * 32}
    [(wanted, film, sha256)] = begun
    assert (wanted.name, wanted.path.name, film) == ("bent.mp4", "bent.mp4", b"film")
    assert (wanted.movement.id, wanted.patient) == (HINGE, PatientPoint(x=0.25, y=0.5, at_s=2.0))
    assert sha256 == measured.source.sha256
    assert [path.name for path in folder.parent.iterdir()] == [KEY]  # the copy is gone with the check
    assert load_measured(folder) == measured


def test_patient_of_a_found_movement_is_looked_for_again(client, folder, begun):
    (folder / "undrawn.mp4").write_bytes(b"film")
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    summary["recognised"] = {"certainty": 0.9, "unsure": False, "spans": []}
    (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
    assert post(client, "patient", {"x": 0.25, "y": 0.5, "at_s": 2.0}).status_code == 200
    assert begun[0][0].movement == load_unrecognised()


def test_recording_that_is_gone_is_said_in_the_persons_language(client, begun):
    answer = post(client, "patient", {"x": 0.25, "y": 0.5, "at_s": 2.0}, **{"Accept-Language": "nl"})
    assert answer.json()["problem"].startswith("De opname is hier niet meer")
    assert begun == []


@pytest.mark.parametrize("point", [{}, {"x": 2, "y": 0.5, "at_s": 1}, {"x": "a", "y": None, "at_s": 1}])
def test_point_outside_the_picture_is_refused(client, folder, begun, point):
    (folder / "undrawn.mp4").write_bytes(b"film")
    assert post(client, "patient", point).status_code == 400
    assert begun == []


def test_the_page_has_all_its_words_and_no_script_within(client):
    page = client.get(f"/review/desk?result={KEY}").text
    assert "__" not in page.replace("__proto__", "")
    assert page.count("<script") == page.count('type="application/json"') + page.count('type="module"')
    for key in (one.split('"')[0] for mark in ('data-w="', 'data-w-label="') for one in page.split(mark)[1:]):
        assert key in {**NAVIGATION_WORDS, **DESK_WORDS}


def test_everything_of_a_result_comes_at_once(client, folder):
    found = client.get(f"/review/desk/data?result={KEY}").json()
    assert [fault["id"] for fault in found["faults"]] == ["early_release", "stretch_knee_bent"]
    assert (found["verdict"]["state"], found["form"]["dose"]["hold_s"]) == ("warn", {"usual": 20.0, "now": 20.0})
    poses = client.get(f"/review/desk/poses?result={KEY}").content
    assert len(poses) == 4 * len(found["times"]) * (33 * 3 + 71 * 2)
    back = next(one for one in found["series"] if one["id"] == "back")
    assert back["target"] == [None, 25.0]
    assert len(back["time_s"]) == len(back["lines"][0]["value"]) == len(found["times"])


def test_a_correction_answers_with_what_follows(client, folder):
    fault = next(
        one for one in client.get(f"/review/desk/data?result={KEY}").json()["faults"] if one["state"] == "warn"
    )
    found = post(client, "correct", reject(from_s=fault["from_s"])).json()
    assert (found["verdict"]["state"], [one["by"] for one in found["corrections"]]) == ("ok", [ME])
    assert [one["status"] for one in found["faults"]] == ["reported", "rejected"]
    back = post(client, "undo", {"by": ME}).json()
    assert (back["verdict"]["state"], back["corrections"]) == ("warn", [])
    assert [one.kind for one in load_corrections(folder).entries] == ["reject_fault", "take_back"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "reject_fault", "by": "", "about": {"fault": "back_rounding", "from_s": 1}}, "by:"),
        ({"kind": "cut_span", "by": ME, "about": {"from_s": 2, "to_s": 1}}, "expected a time after 2 s"),
        ({"kind": "move_joint", "by": ME, "about": {"landmark": "tail", "at_s": 1, "x_px": 0, "y_px": 0}}, "left_knee"),
        ({"kind": "cut_span", "by": ME, "about": {"from_s": 1, "to_s": 2, "at_utc": "2020-01-01T00:00:00Z"}}, "about:"),
        ({"kind": "take_back", "by": ME, "about": {"of": "0" * 16}}, "a correction that holds"),
        ({"by": ME}, "expected a change of this result"),
        ({"kind": "cut_span", "by": ME, "about": 5}, "expected a change of this result"),
    ],
)
def test_a_wrong_correction_is_refused_and_nothing_kept(client, folder, body, expected):
    before = sorted(path.name for path in folder.iterdir())
    answer = post(client, "correct", body)
    assert (answer.status_code, expected in answer.json()["problems"][0]) == (400, True), answer.text
    assert sorted(path.name for path in folder.iterdir()) == before


def test_only_our_page_changes_something(client, folder):
    path = f"/review/desk/correct?result={KEY}"
    assert client.post(path, content=json.dumps(reject(from_s=1))).status_code == 403
    strange = post(client, "correct", reject(from_s=1), **{"sec-fetch-site": "cross-site"})
    assert strange.status_code == 403
    assert post(client, "correct", {"kind": "x" * MOST_BODY_BYTES}).status_code == 413
    assert post(client, "correct", reject(from_s=1), key="e" * 32).status_code == 404
    assert client.get(f"/review/desk/poses?result={KEY}", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("name", ["poses.parquet", "../card.json", "card.json", "movement.toml", "", "report.pdf"])
def test_only_what_was_made_can_be_fetched(client, name):
    assert client.get("/review/desk/made", params={"result": KEY, "name": name}).status_code == 404


@pytest.mark.parametrize("part", ["..", "01_plank", "../" + KEY, "a"])
def test_a_part_that_the_result_does_not_list_is_not_opened(client, folder, part):
    (folder / "01_plank").mkdir()
    assert client.get("/review/desk/data", params={"result": KEY, "part": part}).status_code == 404


def test_a_result_of_another_person_is_not_opened(client, folder):
    card = {"recording": "bent.mp4", "movement": "x", "person": "b" * 16}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    for name in ("data", "poses", "ghost", "film", "made"):
        assert client.get(f"/review/desk/{name}?result={KEY}").status_code == 404


def test_a_form_says_which_field_is_wrong(client):
    form = {"patient": "A-17", "hold_s": -1, "days_a_week": 9, "limits": {"back": {"warn": ["open", "x"]}}}
    found = post(client, "draft", {"form": form}).json()
    assert {one["field"] for one in found["problems"]} >= {"hold_s", "days_a_week"}
    assert found["changes"] == []
    good = {"patient": "A-17", "limits": {"back": {"warn": ["open", 30]}}}
    assert post(client, "draft", {"form": good}).json()["changes"] == ["Back shape warns from 30° instead of 40°"]


FORM = {"patient": "A-17", "by": "J. Peeters", "limits": {"back": {"warn": ["open", 30]}}}


BRIDGE_FIRST = f"""
schema_version = 1
patient = "A-17"
by = "J. Peeters"
written_on = 2026-11-29
[[movements]]
movement = "glute_bridge"
limits.line.warn = [150, 195]
[[movements]]
movement = "{HINGE}"
"""


def list_plan(folder):
    return [(one.movement, one.hold_s, one.repetitions) for one in load_kept(folder).movements]


def test_a_plan_has_several_movements_and_keeps_their_order(client, folder):
    others = [{"movement": "glute_bridge", "hold_s": 3, "repetitions": 5}, {"movement": "cat_cow", "hold_s": None}]
    form = post(client, "prescribe", {"form": {**FORM, "others": others}}).json()["form"]
    assert list_plan(folder) == [(HINGE, None, None), ("glute_bridge", None, 5), ("cat_cow", None, None)]
    assert [(one["id"], one["repetitions"]) for one in form["others"]] == [("glute_bridge", 5), ("cat_cow", 10)]
    assert HINGE not in {one["id"] for one in form["choices"]}
    (folder / "prescription.toml").write_text(BRIDGE_FIRST, encoding="utf-8")
    one = {"movement": "glute_bridge", "hold_s": 3, "repetitions": 6}
    post(client, "prescribe", {"form": {**FORM, "by": "", "others": [one]}})
    assert list_plan(folder) == [("glute_bridge", None, 6), (HINGE, None, None)]
    assert load_kept(folder).find("glute_bridge").limits["line"].warn == [150, 195]  # as it was prescribed before
    assert load_kept(folder).by == "J. Peeters"


def test_a_problem_of_another_movement_is_named_at_its_row(client):
    others = [{"movement": "glute_bridge", "repetitions": 5}, {"movement": "cat_cow", "repetitions": -1}]
    found = post(client, "draft", {"form": {**FORM, "hold_s": -2, "others": others}}).json()
    assert {one["field"] for one in found["problems"]} == {"hold_s", "others.1.repetitions"}
    for odd in ("x", [3], 40 * [others[0]]):
        assert post(client, "draft", {"form": {**FORM, "others": odd}}).status_code == 400


def test_the_plan_of_another_result_is_taken_over(client, folder, results):
    other = "e" * 32
    shutil.copytree(folder, results / other)
    assert post(client, "take", {"from": other}).status_code == 400  # it has none
    post(client, "prescribe", {"form": FORM}, key=other)
    [plan] = client.get(f"/review/desk/data?result={KEY}").json()["form"]["plans"]
    assert (plan["key"], plan["words"].split(", ")[0], plan["words"].split(", ")[2]) == (other, "A-17", "one movement")
    taken = post(client, "take", {"from": other}).json()
    assert (taken["form"]["patient"], taken["form"]["plans"]) == ("A-17", [])
    assert load_kept(folder) == load_kept(results / other)


def test_who_practises_here_gets_the_plan(client, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    assert post(client, "give", {}).status_code == 400
    post(client, "prescribe", {"form": FORM})
    assert post(client, "give", {}).status_code == 200
    assert read_own_plan() == load_kept(folder)


def test_another_recording_is_named_by_its_own_day(client, folder, results):
    for key, recorded_s in (("e" * 32, 1_600_000_000.0), ("f" * 32, 1_700_000_000.0)):
        shutil.copytree(folder, results / key)
        card = {"recording": key[0], "movement": "x", "recorded_s": recorded_s, "recorded_source": "recording"}
        (results / key / "card.json").write_text(json.dumps(card), encoding="utf-8")
    found = client.get(f"/review/desk/data?result={KEY}").json()
    assert [(one["name"], one["dated_s"]) for one in found["others"]] == [
        ("f", 1_700_000_000.0),
        ("e", 1_600_000_000.0),
    ]
    assert not found["has_both_sides"]  # so the other side is not offered
    refused = client.get(f"/review/desk/ghost?result={KEY}&other=")
    assert refused.text.startswith("bent.mp4: expected a result with both sides")


def test_curves_are_compared_with_an_earlier_result(client, folder):
    other = "e" * 32
    shutil.copytree(folder, folder.parent / other)
    assert [one["key"] for one in client.get(f"/review/desk/data?result={KEY}").json()["others"]] == [other]
    url = post(client, "compare", {"form": {"compare": other}}).json()["url"]
    page = client.get(url).text
    assert "no clear change" in page
    assert "First: bent.mp4" in page
    assert page.count("<figure") + page.count("<img") > 0
    refused = post(client, "compare", {"form": {"compare": "f" * 32}})
    assert (refused.status_code, "choose another" in refused.json()["problems"][0]) == (400, True)


def test_another_body_comes_in_the_pictures_of_this_one(client, folder):
    other = "e" * 32
    shutil.copytree(folder, folder.parent / other)
    own = client.get(f"/review/desk/poses?result={KEY}").content
    ghost = client.get(f"/review/desk/ghost?result={KEY}&other={other}")
    assert (ghost.status_code, len(ghost.content)) == (200, len(own))
    for wrong, words in (("f" * 32, "choose another"), ("../" + KEY, "choose another"), ("", "only the left one")):
        refused = client.get("/review/desk/ghost", params={"result": KEY, "other": wrong})
        assert (refused.status_code, words in refused.text) == (400, True)
    card = {"recording": "bent.mp4", "movement": "x", "person": "b" * 16}
    (folder.parent / other / "card.json").write_text(json.dumps(card), encoding="utf-8")
    assert client.get(f"/review/desk/ghost?result={KEY}&other={other}").status_code == 400


def test_a_drafted_movement_is_kept_once_and_replaced_on_purpose(client, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    drafted = post(client, "movement/draft", {"form": {"name": " Wall  bow ", "like": HINGE}}).json()
    assert (drafted["taken"], drafted["repetitions"] > 0, bool(drafted["unsure"])) == (False, True, True)
    assert "repetitions in bent.mp4" in drafted["text"]
    kept = post(client, "movement/keep", {"form": {"text": drafted["text"]}}).json()
    assert kept == {"name": "Wall bow", "live": "/practise?movement=wall_bow",
                    "library": "/library?movement=wall_bow", "review": "/review?movement=wall_bow"}  # fmt: skip
    assert post(client, "movement/draft", {"form": {"name": "Wall bow", "like": ""}}).json()["taken"]
    refused = post(client, "movement/keep", {"form": {"text": drafted["text"]}})
    assert (refused.status_code, "kept already" in refused.json()["problems"][0]) == (400, True)
    assert post(client, "movement/keep", {"form": {"text": drafted["text"], "replaces": True}}).status_code == 200


@pytest.mark.parametrize(
    "form", [{}, {"name": ""}, {"name": "x", "like": "no such"}, {"name": "x", "like": "../a.toml"}]
)
def test_a_draft_needs_a_name_and_a_movement_of_formcheck(client, form, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    refused = post(client, "movement/draft", {"form": form})
    assert (refused.status_code, len(refused.json()["problems"])) == (400, 1)


@pytest.mark.parametrize("text", ["", "]", 'id = "x"', None, '"><script>'])
def test_a_text_that_is_no_movement_is_not_kept(client, text, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    assert post(client, "movement/keep", {"form": {"text": text}}).status_code == 400
    assert not (tmp_path / "data" / "movements").exists()

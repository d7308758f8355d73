"""What the live page gets of a routine: today's plan, with what the answers and the person's choices leave of it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import pytest

pytest.importorskip("streamlit")

from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.live.routine_routes import ROUTES
from formcheck.apps.web.live.socket import read_request
from formcheck.core.movement.load import load_movement
from formcheck.drivers.answers import answer, keep_pain, keep_pain_today
from formcheck.drivers.live.messages import read_text
from formcheck.drivers.therapist.own_plan import delete_own_plan, keep_own_plan
from formcheck.program.screening import QUESTIONS

from ...conftest import write_own_movement


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Return a function that asks for routines; the person's answers lie in a folder of its own."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    client = TestClient(Starlette(routes=ROUTES))

    def get(query: str = "") -> dict[str, dict]:
        reply = client.get(f"/live/routines?{query}")
        assert reply.status_code == 200, reply.text
        return {one["id"]: one for one in reply.json()["routines"]}

    get.raw = lambda query: client.get(f"/live/routines?{query}")
    return get


def say(*yes: str) -> None:
    answer({one.id: one.id in yes for one in QUESTIONS}, datetime.now(UTC))


def test_the_name_says_the_true_number_of_stretches(ask):
    assert ask()["six_stretches"]["name"] == "Six stretches for your back"  # nothing was asked yet: nothing is hidden
    say("R8")
    six = ask()["six_stretches"]
    assert [one["movement"] for one in six["parts"]] == ["warmup_march", "kneeling_hip_flexor", "pelvic_tilt_supine"]
    assert six["name"] == "Two stretches for your back"
    assert any("Cat-cow" in line for line in six["changes"])


def test_what_hurt_today_is_left_out_once_it_was_asked_about(ask):
    say()
    keep_pain({"movement": "knee_to_chest_single"}, datetime.now(UTC))
    keep_pain_today({"today": "gone"}, datetime.now(UTC))
    six = ask("id=six_stretches")["six_stretches"]
    assert "knee_to_chest_single" not in [one["movement"] for one in six["parts"]]
    assert "Left out today: One knee to chest. It hurt last time. It can rest today." in six["changes"]


def test_who_cannot_get_to_the_floor_gets_what_is_standing(ask):
    say("R13")
    places = {
        load_movement(one["movement"]).place for plan in ask().values() for one in plan["parts"] if one["movement"]
    }
    assert "floor" not in places
    assert "after_a_drive" in ask()
    assert "six_stretches" not in ask()  # nothing of it but the warm-up is left


def test_minutes_calm_and_own_choices_reach_the_plan(ask):
    six = ask("id=six_stretches&minutes=10&calm=1&without=1&harder=6")["six_stretches"]
    assert six["minutes"] <= 10
    assert six["calm"]
    assert six["breath_s"] == [4.0, 8.0]
    assert 1 not in [one["index"] for one in six["parts"]]
    assert six["steps"][-1]["kind"] == "done"


@pytest.mark.parametrize("query", ["id=nope", "minutes=x", "minutes=0", "minutes=999999", "without=a", "harder=-1"])
def test_a_bad_address_gets_one_plain_line(ask, query):
    reply = ask.raw(query)
    assert reply.status_code == 400
    assert reply.text.startswith(("expected", "minutes: expected"))
    assert "\n" not in reply.text


HELLO = '{"type": "hello", "version": 1, "token": "t", "movement": "kneeling_hip_flexor", %s}'


def test_a_set_has_the_dose_of_its_routine_and_calm_says_less():
    usual = load_movement("kneeling_hip_flexor")
    hello = read_text(HELLO % '"dose": {"hold_s": 5, "repetitions": 3}, "calm": true')
    asked = read_request(hello, usual).movement
    assert (asked.dose.hold_s, asked.dose.repetitions) == (5.0, 3)
    assert asked.dose.least_hold_s <= 5.0
    assert asked.dose.each_side == usual.dose.each_side
    assert {one.severity for one in asked.faults} < {one.severity for one in usual.faults}
    assert read_request(read_text(HELLO % '"calm": false'), usual).movement == usual


def test_a_little_less_is_less_of_every_routine(ask):
    usual, less = ask(), ask("less=1")
    for name, plan in less.items():
        if plan["calm"]:  # that is less already
            assert plan == usual[name]
            continue
        assert sum(step["length_s"] for step in plan["steps"]) < sum(step["length_s"] for step in usual[name]["steps"])
        assert "A little less of everything today." in plan["changes"]
    assert ask("less=1&calm=1") == ask("calm=1")


def test_another_round_leaves_the_warm_up_out(ask):
    first, again = (ask(query)["six_stretches"] for query in ("", "warm=1"))
    assert first["rounds"] == 3
    assert [one["movement"] for one in again["parts"]] == [one["movement"] for one in first["parts"]][1:]


def test_a_session_has_no_lines_before_anything_was_done(ask, tmp_path):
    client = TestClient(Starlette(routes=ROUTES))
    assert client.get("/live/session/lines").json() == {"lines": []}


def test_own_files_that_cannot_be_used_are_named(ask, tmp_path):
    for folder in ("movements", "routines"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bad.toml").write_text("]", "utf-8")
    refused = ask.raw("").json()["refused"]
    assert [(one["kind"], one["name"]) for one in refused] == [("routine", "bad.toml"), ("movement", "bad.toml")]


PLAN = """
schema_version = 1
patient = "A-17"
written_on = 2026-11-29
review_on = 2126-12-20
goal = "Tie my shoes"
[[movements]]
movement = "hamstring_hinge_standing"
hold_s = 8
"""


def test_a_therapists_plan_is_all_that_today_offers(ask):
    say()
    keep_own_plan(PLAN.encode(), "plan.toml")
    [(name, plan)] = ask().items()
    assert name == "prescribed"
    amounts = {one["movement"]: one["amount"] for one in plan["parts"]}
    assert amounts["hamstring_hinge_standing"] == "Hold 8 seconds, 2 times on each side"
    assert ask.raw("id=six_stretches").status_code == 400  # of an old tab
    delete_own_plan()
    assert len(ask()) > 1


def test_a_routine_with_an_own_movement_is_planned(ask, tmp_path):
    write_own_movement(tmp_path / "movements")
    text = resources.files("formcheck.routines").joinpath("six_stretches.toml").read_text("utf-8")
    text = text.replace('"seated_forward_bend"', '"wall_bow"').replace('id = "six_stretches"', 'id = "mine"')
    (tmp_path / "routines").mkdir()
    (tmp_path / "routines" / "mine.toml").write_text(text, "utf-8")
    assert "wall_bow" in [one["movement"] for one in ask()["mine"]["parts"]]
    say("R8")
    assert "wall_bow" not in [one["movement"] for one in ask()["mine"]["parts"]]  # the gate decides about it, too

"""What a movement file may say, and which sources it must name."""

from __future__ import annotations

from formcheck.core.movement.wording import find_never_said, find_unnamed_sources

PROMISE = "expected words that neither promise nor threaten, got {!r}; say what is seen"


def test_a_promise_is_found_with_its_place():
    document = {
        "about": "Bow slowly. It relieves back pain for good.",
        "steps": ["Stand tall.", "A safe spine bends at the hips."],
        "faults": [{"id": "rounding", "seen": "the back rounding"}, {"id": "sag", "cue": "Your spine is in danger"}],
    }
    assert list(find_never_said(document)) == [
        f"about: {PROMISE.format('relieves back')}",
        f"steps.1: {PROMISE.format('safe spine')}",
        f"faults.sag.cue: {PROMISE.format('spine is in danger')}",
    ]


def test_a_source_may_say_what_it_says():
    assert (
        list(find_never_said({"source": "S001: good posture", "measures": {"knee": {"source": "bad posture"}}})) == []
    )


def test_each_source_names_what_the_file_lists():
    cited = [("start", "S001, page 3"), ("drive", "S002"), ("dose", "as everybody knows"), ("knee", "own: 3 people")]
    assert list(find_unnamed_sources(cited, ["own", "S001"])) == [
        "drive: expected sources named under [sources], got 'S002'; name it there",
        "dose: expected one of S001, own, the tags under [sources], got 'as everybody knows'",
    ]

"""The catalogues of the languages: complete, with their placeholders, short where spoken, and kind.

Each message says what to do when a text is new or has changed.
"""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from formcheck.apps.languages import check
from formcheck.apps.languages.catalogues import (
    TRANSLATED,
    compile_catalogue,
    find_catalogue,
    list_missing,
    merge_texts,
    read_catalogue,
)
from formcheck.apps.languages.check import NEVER_SAID_IN, find_forbidden_words, list_problems
from formcheck.apps.languages.extract import SOURCE, FoundText, collect_texts, list_movement_texts, list_phrases
from formcheck.apps.web.language import read_page_words
from formcheck.apps.web.live.page import collect_movement_cards
from formcheck.apps.web.live.routine_routes import describe_plan_of_today
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import MOST_TEACH_WORDS
from formcheck.drivers.answers import collect_catalogue_facts
from formcheck.languages.phrase import Phrase
from formcheck.languages.translate import load_language, translate
from formcheck.program.gate import PainNote, list_cards, open_gate
from formcheck.program.routines.fit import Choices, plan_routine
from formcheck.program.routines.load import list_routines, load_routine
from formcheck.program.screening import QUESTIONS, Kept

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
YES = {question.id: question.route in {"go", "advice"} for question in QUESTIONS}
FOUND = collect_texts()
KNOWN = {one.text for one in FOUND}


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_has_no_problems(code):
    problems = list_problems(code, FOUND)
    assert not problems, "\n".join(problems)


# The check finds what it is for --------------------------------------------------------------------------------------

PLACE = "drivers/live/words.py"
TEXTS = [FoundText("{done} of {of}", PLACE), FoundText("Hold still", PLACE, is_cue=True)]


def write_translation(catalogue: Catalog, text: str, said: str) -> None:
    if catalogue.get(text) is None:
        catalogue.add(text)
    catalogue.get(text).string = said


def problems_of(monkeypatch: pytest.MonkeyPatch, translations: dict[str, str], texts: list[FoundText]) -> list[str]:
    catalogue = merge_texts("de", texts, read_catalogue("de"))
    for text, said in translations.items():
        write_translation(catalogue, text, said)
    monkeypatch.setattr(check, "read_catalogue", lambda _: catalogue)
    monkeypatch.setattr(check, "_is_compiled", lambda *_: True)
    return list_problems("de", texts)


GOOD = {"{done} of {of}": "{done} von {of}", "Hold still": "Halt still"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"Hold still": ""}, "expected a translation of 'Hold still' (drivers/live/words.py), got none; run"),
        ({"{done} of {of}": "{done} von"}, "expected the placeholders done, of"),
        ({"{done} of {of}": "{done} von {off}"}, "expected the placeholders done, of"),
        ({"Hold still": "Bitte halt jetzt ganz still und beweg dich nicht"}, "expected at most 8 words in a cue"),
        ({"Hold still": "Das ist gefährlich"}, "expected words that neither promise nor threaten, got 'gefährlich'"),
        ({"Gone": "Weg"}, "expected a text of the program, got 'Gone'"),
    ],
)
def test_a_problem_is_named_and_says_what_to_do(monkeypatch, changed, told):
    problems = problems_of(monkeypatch, {**GOOD, **changed}, TEXTS)
    assert [told in problem for problem in problems] == [True] * bool(told)


def test_a_catalogue_that_was_not_compiled_is_found(monkeypatch, tmp_path):
    catalogue = merge_texts("de", TEXTS, read_catalogue("de"))
    write_translation(catalogue, "Hold still", "Halt still")
    path = tmp_path / "formcheck.mo"
    path.write_bytes(compile_catalogue(catalogue))
    monkeypatch.setattr(check, "find_catalogue", lambda *_: path)
    assert check._is_compiled("de", catalogue)
    write_translation(catalogue, "Hold still", "Ganz still")
    assert not check._is_compiled("de", catalogue)


def test_a_new_text_is_missing_until_it_is_translated():
    new = [*TEXTS, FoundText("Quite new", PLACE)]
    merged = merge_texts("de", new, read_catalogue("de"))
    assert FoundText("Quite new", PLACE) in list_missing(new, merged)
    write_translation(merged, "Quite new", "Ganz neu")
    assert FoundText("Quite new", PLACE) not in list_missing(new, merged)


# Every text is found -------------------------------------------------------------------------------------------------


def test_texts_of_each_kind_are_found():
    code = 'A = Phrase("one " "two")\nB = "three"\nC = Phrase(f"{A}")\nD = {1: Phrase("four")}'
    assert [one.text for one in list_phrases(code, "x.py")] == ["one two", "four"]
    movement = load_movement("hamstring_hinge_standing")
    expected = {movement.name, *movement.steps, movement.faults[0].cue, "toe touch flop", "rounding", "left knee"}
    assert expected | {"your right hand", "Stiff low back", "Halfway"} <= KNOWN
    assert "Settings" in {one.text for one in FOUND if one.context == "page"}
    assert not {*movement.sources.values()} & KNOWN


def test_a_movement_text_that_nobody_sees_is_left_out():
    table = {"name": "A", "sources": {"E": "B"}, "faults": [{"id": "too_far", "cue": "C", "seen": "D", "source": "E"}]}
    assert [one.text for one in list_movement_texts(table, "x")] == ["A", "too far", "D", "C"]


def list_unknown(value: Any, place: str = "") -> list[str]:
    """Return the phrases in a message that no catalogue has, and texts that are no phrases."""
    if isinstance(value, dict):
        return [one for key, part in value.items() for one in list_unknown(part, f"{place}.{key}")]
    if isinstance(value, list | tuple):
        return [one for part in value for one in list_unknown(part, place)]
    if isinstance(value, Phrase):
        asked: set[str] = set()
        value.translate_by(Listener(asked))
        return [f"{place}: {text!r} is in no catalogue" for text in asked - KNOWN]
    is_text = isinstance(value, str) and re.search(r"[a-z]{2,} [a-z]{2,}", value)
    return [f"{place}: {value!r} is a plain string; write it as Phrase(…)"] if is_text else []


class Listener:
    """A language that notes what it is asked for."""

    code, keeps_capitals = "xx", False

    def __init__(self, asked: set[str]) -> None:
        self.asked = asked

    def find(self, template: str) -> str:
        if re.search(r"[a-zA-Z]{2,}", re.sub(r"\{\w+\}", "", template)):
            self.asked.add(template)
        return template


def test_no_text_of_the_movement_cards_is_left_out():
    assert list_unknown(list(collect_movement_cards())) == []


@pytest.mark.parametrize("today", [None, "same", "worse", "little"])
def test_no_text_of_the_gate_is_left_out(today):
    facts = collect_catalogue_facts()
    note = PainNote(NOW, "plank", today=today, today_utc=NOW)
    gate = open_gate(Kept(YES, NOW), note, facts, NOW)
    offers = [reason.text for one in facts for reason in gate.offer(one).reasons]
    cards = [[card.title, card.text, *card.closes, *card.softens] for card in list_cards(gate, facts)]
    assert list_unknown([offers, cards]) == []


@pytest.mark.parametrize("calm", [False, True], ids=["usual", "calm"])
@pytest.mark.parametrize("name", list_routines())
def test_no_text_of_a_routine_is_left_out(name, calm):
    choices = Choices(minutes=5, calm=calm, without=frozenset({2}))
    for plan in (plan_routine(load_routine(name), choices), plan_routine(load_routine(name))):
        assert list_unknown(describe_plan_of_today(plan, has_camera=calm)) == []


def test_a_plain_string_is_found():
    assert list_unknown({"a": ["two words here"]}) == [".a: 'two words here' is a plain string; write it as Phrase(…)"]
    assert list_unknown({"a": Phrase("Nobody translated this")}) == [".a: 'Nobody translated this' is in no catalogue"]


WORD_MODULES = [
    "drivers/live/words.py", "program/gate.py", "program/screening.py",
    "program/person/about_me.py", "program/person/body_areas.py", "program/person/reminders.py",
    "core/guided_calibration.py", "core/camera/advice.py", "core/reasons.py",
]  # fmt: skip
"""Modules whose texts people see in Practise."""
_NO_TEXT = re.compile(r"expected |catalogue 3|a newer picture|Something went wrong on our side")
"""Messages to the developer of a page, and sources."""


@pytest.mark.parametrize("name", WORD_MODULES)
def test_a_module_of_words_has_no_plain_text(name):
    tree = ast.parse((SOURCE / name).read_text("utf-8"))
    calls = {id(arg) for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Phrase"
             for arg in ast.walk(node)}  # fmt: skip
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    plain = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in calls | documents
        and re.search(r"[a-z]{2,}[ .?!]+[a-z]{2,}", node.value, re.IGNORECASE) and not _NO_TEXT.search(node.value)
    ]  # fmt: skip
    assert not plain, f"{name}: {plain}: write each as Phrase(…), then run `{check.COMMAND}` and translate it"


SCRIPTS = sorted((SOURCE / "apps/web/live/web").rglob("*.js"))


@pytest.mark.parametrize("script", [path for path in SCRIPTS if path.name != "words.js"], ids=lambda path: path.name)
def test_a_script_has_no_words_of_its_own(script):
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", script.read_text("utf-8"), flags=re.DOTALL)
    plain = [text for text in re.findall(r'"([^"\n]*)"', code) if re.search(r"[A-Z][a-z]+ [a-z]+ ", text)]
    assert not plain, f"{script.name}: {plain}: put each into words.js under a key, and use words(key)"


@pytest.mark.parametrize("name", ["live/web/practise.html", "phone/web/camera_page.html"])
def test_a_page_has_no_words_of_its_own(name):
    page = (SOURCE / "apps/web" / name).read_text("utf-8")
    body = re.sub(r"<(script|title|noscript).*?</\1>|<!--.*?-->", "", page, flags=re.DOTALL)
    plain = [text.strip() for text in re.findall(r">([^<>]+)<", body) if text.strip()]
    plain += re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]+)"', body)
    assert set(plain) <= {"formcheck"}, f"{name}: put each text into words.js and name its key in data-w"


# What a person hears -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("movement_id", catalogue())
def test_a_lesson_is_as_short_as_in_english(code, movement_id):
    teach = load_movement(movement_id).teach
    if teach is None:
        pytest.skip("it has no lesson")
    said = translate(teach.model_dump(), load_language(code))
    # a quarter of a minute; other languages use some more words, not some more sentences
    assert len(" ".join(said.values()).split()) <= 1.3 * MOST_TEACH_WORDS


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_key_that_is_pressed_is_one_letter(code):
    words = load_language(code)
    for key in ("key_yes", "key_no"):
        assert len(words.find_page_word(read_page_words()[key])) == 1
    for key in ("key_pain", "key_skip", "key_calibrate", "key_mute", "key_degrees"):
        assert words.find_page_word(read_page_words()[key]) == read_page_words()[key]  # main.js listens for these


# Never said ----------------------------------------------------------------------------------------------------------

BAD = {
    "de": ["Das ist unsicher", "Diese Haltung ist gefährlich", "Das heilt den Rücken", "Das lindert Schmerzen",
           "eine schlechte Haltung", "Verletzungsgefahr", "die Diagnose", "garantiert schmerzfrei"],
    "fr": ["Ce n'est pas sûr", "C'est dangereux", "Cela guérit le dos", "Cela soulage", "une mauvaise posture",
           "risque de blessure", "le diagnostic", "sans douleur garanti"],
    "nl": ["Dit is onveilig", "Dit is gevaarlijk", "Dit geneest je rug", "Dit verlicht de pijn",
           "een slechte houding", "risico op letsel", "de diagnose", "gegarandeerd pijnvrij"],
}  # fmt: skip
FINE = {"de": "Halt die Hüfte tiefer und atme", "fr": "Gardez le dos long", "nl": "Hou je heupen lager"}


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_never_said_is_found_in_each_language(code):
    assert set(NEVER_SAID_IN) == set(TRANSLATED)
    assert [text for text in BAD[code] if not find_forbidden_words(code, text)] == []
    assert find_forbidden_words(code, FINE[code]) == ""


def test_the_catalogues_lie_next_to_their_sources():
    for code in TRANSLATED:
        assert find_catalogue(code).is_file()
        assert Path(find_catalogue(code, "mo")).is_file()

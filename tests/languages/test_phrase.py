"""A phrase is an English string that another language can say."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from formcheck.languages.phrase import Phrase, PhraseText, capitalise, join, lower_first
from formcheck.languages.translate import translate


@dataclass(frozen=True)
class Shouting:
    """A language that says everything in capitals, and counts backwards."""

    code: str = "xx"
    keeps_capitals: bool = False

    def find(self, template: str) -> str:
        return {"{done} of {of}": "{of} <- {done}"}.get(template, template.upper())


@dataclass(frozen=True)
class Nouns(Shouting):
    keeps_capitals: bool = True


SHOUTING = Shouting()


def test_english_is_a_plain_string():
    phrase = Phrase("{done} of {of}").format(done=3, of=10)
    assert phrase == "3 of 10"
    assert json.dumps({"text": phrase}) == '{"text": "3 of 10"}'
    assert f"{phrase}." == "3 of 10."


def test_a_template_is_translated_before_it_is_filled():
    assert translate(Phrase("{done} of {of}").format(done=3, of=10), SHOUTING) == "10 <- 3"


def test_a_value_that_is_a_phrase_is_translated_too():
    text = Phrase("{done} of {of}").format(done=Phrase("one"), of="two")
    assert translate(text, SHOUTING) == "two <- ONE"


def test_parts_and_what_joins_them():
    assert translate(join(", ", [Phrase("head"), "12", Phrase("hands")]), SHOUTING) == "HEAD, 12, HANDS"


def test_the_first_letter_follows_the_language():
    assert capitalise(Phrase("back")) == "Back"
    assert lower_first(Phrase("Back")) == "back"
    assert translate(lower_first(Phrase("Back")), SHOUTING) == "bACK"
    assert translate(lower_first(Phrase("Back")), Nouns()) == "BACK"


def test_values_have_names():
    with pytest.raises(TypeError, match=r"expected named values for '\{\}'"):
        Phrase("{}").format(3)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_is_the_same_phrase(copied):
    for phrase in (
        Phrase("one"), Phrase("{done} of {of}").format(done=Phrase("a"), of=2), join("; ", [Phrase("a"), "b"]),
        capitalise(Phrase("one")), lower_first(Phrase("One")),
    ):  # fmt: skip
        again = copied(phrase)
        assert again == phrase
        assert translate(again, SHOUTING) == translate(phrase, SHOUTING)


def test_a_record_keeps_its_phrase():
    class Record(BaseModel):
        why: PhraseText
        all: list[PhraseText] = []

    phrase = Phrase("{done} of {of}").format(done=1, of=2)
    kept = Record(why=phrase, all=[phrase])
    assert translate([kept.why, *kept.all], SHOUTING) == ["2 <- 1", "2 <- 1"]
    assert Record.model_validate_json(kept.model_dump_json()).why == "1 of 2"  # read back, it is English
    with pytest.raises(ValueError, match="string"):
        Record(why=3)


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=9))
def test_codes_and_numbers_stay_as_they_are(message):
    assert json.dumps(translate(message, SHOUTING)) == json.dumps(message)


def test_only_phrases_of_a_message_are_translated():
    message = {"id": "bounce", "say": [{"text": Phrase("bounce"), "kind": "cue"}], "p": [[1.0, 2.0]], "of": ("a",)}
    assert translate(message, SHOUTING) == {
        "id": "bounce", "say": [{"text": "BOUNCE", "kind": "cue"}], "p": [[1.0, 2.0]], "of": ["a"]
    }  # fmt: skip

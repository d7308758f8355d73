"""The language of a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.languages.phrase import Phrase
from formcheck.languages.translate import NAMES, choose_language, load_language, translate


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        (None, None, "en"),
        (None, "de", "de"),
        (None, "de-AT,de;q=0.9,en;q=0.8", "de"),
        (None, "pl,fr;q=0.7,en;q=0.3", "fr"),
        (None, "en;q=0.3, nl;q=0.7", "nl"),
        (None, "nl;q=0, de;q=0.1", "de"),
        (None, "*", "en"),
        (None, "zh-CN", "en"),
        ("fr", "de", "fr"),
        ("xx", "de", "de"),
        ("../de", "de", "de"),
        ("", "", "en"),
    ],
)
def test_the_own_choice_comes_before_the_browsers(chosen, accepted, code):
    assert choose_language(chosen, accepted).code == code


@given(st.none() | st.text(), st.none() | st.text())
def test_any_header_gives_a_language(chosen, accepted):
    assert choose_language(chosen, accepted).code in NAMES


def test_what_a_catalogue_lacks_stays_english():
    german = load_language("de")
    assert translate(Phrase("Hold still, no bouncing"), german) == "Halt still, nicht wippen"
    assert translate(Phrase("Nobody has ever translated this"), german) == "Nobody has ever translated this"
    assert translate(Phrase(""), german) == ""  # gettext keeps its header there


def test_english_needs_no_catalogue():
    message = {"text": Phrase("{done} of {of}").format(done=1, of=2)}
    assert translate(message, load_language("en")) is message


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("de", "2 von 10 Sekunden in guter Form"),
        ("fr", "2 secondes sur 10 en bonne forme"),
        ("nl", "2 van 10 seconden in goede vorm"),
    ],
)
def test_numbers_go_into_the_translated_sentence(code, text):
    said = Phrase("{done} of {of} seconds in good form").format(done=2, of=10)
    assert translate(said, load_language(code)) == text


def test_a_button_and_a_back_have_words_of_their_own():
    german = load_language("de")
    assert german.find_page_word("Back") == "Zurück"
    assert german.find("back") == "Rücken"

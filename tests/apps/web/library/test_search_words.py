"""What people call their trouble leads to the stretches that they look for then."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from formcheck.apps.web.library.page import collect_cards
from formcheck.apps.web.library.search_words import SearchGroup, SearchWords, load_search_words
from formcheck.core.movement.load import catalogue, load_movement

WORDS = load_search_words()


def test_every_movement_has_its_place_in_the_order():
    assert sorted(WORDS.order) == catalogue()
    assert WORDS.rank("of_my_own") == len(WORDS.order)


def test_the_list_begins_with_the_most_useful():
    cards = collect_cards(load_movement(one) for one in catalogue())["cards"]
    assert [card["id"] for card in cards] == WORDS.order


@pytest.mark.parametrize("asked", ["sciatica", "tight hamstrings", "after sitting", "long drive"])
def test_the_words_of_the_issue_lead_to_a_group(asked):
    assert [one for one in WORDS.groups if asked in [word.lower() for word in (one.name, *one.also)]]


def test_a_word_for_leg_pain_comes_with_advice():
    sciatica = next(one for one in WORDS.groups if one.id == "sciatica")
    assert "ask a doctor or physiotherapist first" in sciatica.note
    assert not sciatica.today


def test_groups_name_nothing_twice_and_nothing_advanced():
    for group in WORDS.groups:
        assert len(set(group.movements)) == len(group.movements)
        assert not any(load_movement(one).advanced for one in group.movements)
    ids = [group.id for group in WORDS.groups]
    assert len(set(ids)) == len(ids)


def test_a_movement_that_does_not_exist_is_refused():
    group = SearchGroup(id="mine", name="Mine", also=[], movements=["cat_dog"])
    with pytest.raises(ValidationError, match="cat_dog"):
        SearchWords(schema_version=1, order=[], groups=[group])

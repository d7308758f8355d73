"""Read the words under which people look for a stretch, and the order of usefulness."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formcheck.core.movement.load import catalogue
from formcheck.core.movement.schema import Identifier, Text

from .addresses import read


class _SearchPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchGroup(_SearchPart):
    """One trouble or wish, in people's words.

    Parameters
    ----------
    id : by which the first page remembers it.
    name, also : its name, and other words for it.
    movements : the movements people look for then, the most useful first.
    note : shown with them; may be empty.
    today : it is offered on the first page.
    """

    id: Identifier
    name: Text
    also: list[Text]
    movements: Annotated[list[Identifier], Field(min_length=1)]
    note: str = ""
    today: bool = False


class SearchWords(_SearchPart):
    """The contents of `search.toml`."""

    schema_version: Literal[1]
    order: list[Identifier]
    groups: list[SearchGroup]

    @model_validator(mode="after")
    def _check_ids(self) -> Self:
        named = {*self.order, *(one for group in self.groups for one in group.movements)}
        if unknown := sorted(named - set(catalogue())):
            raise ValueError(f"expected ids of movements, got {', '.join(unknown)}")
        return self

    def rank(self, movement_id: str) -> int:
        """Return the place in the order of usefulness; what is not named comes last."""
        return self.order.index(movement_id) if movement_id in self.order else len(self.order)


@cache
def load_search_words() -> SearchWords:
    """Return the words and the order."""
    return SearchWords.model_validate(tomllib.loads(read("search.toml")))

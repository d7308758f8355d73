"""Draft a movement from the open recording, and keep it as an own movement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formcheck.apps.web.library.addresses import live_url, movement_url, review_url
from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, load_movement, make_unknown_id_error
from formcheck.drivers.own_movements import keep_own_movement, load_own_movements
from formcheck.drivers.therapist.draft import draft_movement
from formcheck.languages.phrase import Phrase
from formcheck.program.therapist.draft import make_id

from .opened import OpenedResult

MOST_DRAFT_NAME = 80
_NAME_MISSING = Phrase("Please give the new movement a name.")


def describe_drafting(found: OpenedResult) -> dict[str, Any]:
    """Return the movements that a draft may be like, first that of this result."""
    shown = load_movement(found.folder / "movement.toml").id
    ids = sorted(catalogue(), key=lambda one: one != shown)
    return {"like": [{"id": one, "name": load_movement(one).name} for one in ids], "shown": shown}


def draft_from_opened(found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft of what this recording shows, and what is unsure.

    Raises
    ------
    FormCheckError
        The name is missing, or the recording shows no repetition.
    """
    name = " ".join(str(form.get("name") or "").split())[:MOST_DRAFT_NAME]
    if not name:
        raise MovementFileError("draft", [_NAME_MISSING])
    like = str(form.get("like") or "") or None
    if like is not None and like not in catalogue():
        raise make_unknown_id_error(like[:MOST_DRAFT_NAME])
    drafted = draft_movement([found.folder], name=name, like=like, called=[found.recording])
    return {
        "text": drafted.text,
        "unsure": drafted.unsure,
        "repetitions": drafted.repetitions,
        "taken": make_id(name) in load_own_movements().movements,
    }


def keep_drafted(_found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a draft, as the person changed it; return where the movement is now.

    Raises
    ------
    MovementFileError
        With every problem of the text; nothing was kept.
    """
    movement = keep_own_movement(str(form["text"]).encode("utf-8"), replaces=form.get("replaces") is True)
    return {
        "name": movement.name,
        "live": live_url(movement.id),
        "library": movement_url(movement.id),
        "review": review_url(movement.id),
    }

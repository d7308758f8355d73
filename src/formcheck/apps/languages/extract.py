"""Find every text that Practise shows or speaks, with the place that it comes from.

There are four kinds of places: `Phrase("…")` in the code, the page's own words, the files of movements and routines,
and names that are made of codes, such as those of faults and joints.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from formcheck.apps.web.language import read_page_words
from formcheck.core.skeleton import LANDMARKS, SIDES
from formcheck.languages.translate import PAGE_CONTEXT

SOURCE = Path(__file__).resolve().parents[2]
_ONE_OF_BOTH = ("hand", "elbow", "shoulder", "hip", "knee", "foot", "head")
"""A joint of one side, in "your left knee"; the names are those of `core.camera.advice`."""
_BACK = "back_"
_ADVICE = "core/camera/advice.py"
"""Its advice is spoken as a cue is."""


class FoundText(NamedTuple):
    """One text.

    Parameters
    ----------
    text : the English text, which is its key in the catalogue.
    place : file, or file and key, for the translator.
    context : `page` for the page's own words, otherwise empty.
    is_cue : it is spoken in the middle of a movement, so it is short.
    """

    text: str
    place: str
    context: str = ""
    is_cue: bool = False


def collect_texts() -> list[FoundText]:
    """Return every text, each with its first place."""
    found: dict[tuple[str, str], FoundText] = {}
    for one in _list_all():
        if one.text.strip():
            kept = found.setdefault((one.context, one.text), one)
            if one.is_cue and not kept.is_cue:
                found[one.context, one.text] = kept._replace(is_cue=True)
    return list(found.values())


def _list_all() -> Iterator[FoundText]:
    for key, text in read_page_words().items():
        yield FoundText(text, f"words.js: {key}", PAGE_CONTEXT)
    for path in sorted(SOURCE.rglob("*.py")):
        yield from list_phrases(path.read_text("utf-8"), path.relative_to(SOURCE).as_posix())
    yield from _list_names()
    for path in sorted((SOURCE / "movements").glob("*.toml")):
        if not path.name.startswith("_un"):
            yield from list_movement_texts(tomllib.loads(path.read_text("utf-8")), path.stem)
    for path in sorted((SOURCE / "routines").glob("*.toml")):
        yield from _list_routine_texts(tomllib.loads(path.read_text("utf-8")), path.stem)
    wishes = tomllib.loads((SOURCE / "apps/web/library/search.toml").read_text("utf-8"))
    for group in wishes.get("groups", []):
        if group.get("today"):
            yield FoundText(group["name"], "search.toml")


def list_phrases(source: str, place: str) -> Iterator[FoundText]:
    """Yield the texts of all `Phrase("…")` in a Python file, in order."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(nodes, key=lambda one: (one.lineno, one.col_offset)):
        if isinstance(node.func, ast.Name) and node.func.id == "Phrase" and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield FoundText(text.value, place, is_cue=place == _ADVICE and text.value[:1].isupper())


def list_movement_texts(movement: dict[str, Any], name: str) -> Iterator[FoundText]:
    """Yield the texts of a movement file that a person sees or hears."""
    place = f"movements/{name}"
    drive = movement.get("drive", {})
    texts = [*_pick(movement, "name", "about", "steps", "breath", "easier", "harder", "stop_if")]
    texts += [*_pick(movement.get("view", {}), "text"), *_pick(movement.get("start", {}), "text")]
    texts += [
        *_pick(movement.get("teach", {}), "camera", "how", "feel", "stop"),
        *_pick(drive, "low_name", "high_name"),
    ]
    for measure in movement.get("measures", {}).values():
        texts += _pick(measure, "name")
    for question in movement.get("questions", []):
        texts += _pick(question, "ask", "answers")
    yield from (FoundText(text, place) for text in texts)
    for fault in movement.get("faults", []):
        yield from (FoundText(text, f"{place}: {fault['id']}") for text in _name_fault(fault["id"]))
        yield from (FoundText(text, f"{place}: {fault['id']}") for text in _pick(fault, "seen", "easier"))
        yield FoundText(fault["cue"], f"{place}: {fault['id']}", is_cue=True)


def _list_routine_texts(routine: dict[str, Any], name: str) -> Iterator[FoundText]:
    texts = [*_pick(routine, "name", "about")]
    for part in routine.get("parts", []):
        texts += _pick(part, "why", "say")
    yield from (FoundText(text, f"routines/{name}") for text in texts)


def _list_names() -> Iterator[FoundText]:
    """Yield names that are made of codes."""
    for name in LANDMARKS:
        yield FoundText(name.replace("_", " "), "core/reasons.py")
    for side in SIDES:
        for part in _ONE_OF_BOTH:
            yield FoundText(f"your {side} {part}", _ADVICE)


def _name_fault(fault_id: str) -> list[str]:
    """Return the names of a fault: in a sentence, and after the word "back"."""
    names = [fault_id.replace("_", " ")]
    return [*names, fault_id.removeprefix(_BACK).replace("_", " ")] if fault_id.startswith(_BACK) else names


def _pick(table: dict[str, Any], *keys: str) -> Iterable[str]:
    for key in keys:
        value = table.get(key, [])
        yield from [value] if isinstance(value, str) else value

"""Make docs/coverage.md from docs/coverage.toml: what the articles ask for, and what answers it.

    python docs/build_coverage.py [--check]

Fails (exit code 2) where an item is missing or listed twice, or where something that is said to serve it does not
exist; every such line is reported at once. `--check` writes nothing and fails where the page would change.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement

ROOT = Path(__file__).resolve().parent.parent
TABLE, PAGE = ROOT / "docs" / "coverage.toml", ROOT / "docs" / "coverage.md"
STATUSES = ("built", "later", "information", "out")
LATER = ("screening", "routines", "progress", "live practice", "patients and reports", "batch")
APPS, MOVEMENTS = "src/formcheck/apps/web", "src/formcheck/movements"

HEAD = """\
# What was asked for, and what answers it

formcheck began with five articles about stretching the back. This page lists what they ask for that software could
serve, in our words, and names the file, fault, question or page that does, with a test. It is made by
`python docs/build_coverage.py` from `docs/coverage.toml`, which fails where something named here does not exist.

**built**: it works today, on a recording or in front of a camera · **later**: in a part of formcheck that does not
exist yet; the parts named with it exist already · **information**: words only, nothing to measure · **out**: left
out on purpose.

A question is part of the movement's file. The Library and `formcheck movements show ID` show it, and Practise asks it
after a set. The camera never judges what can only be asked.
"""


# What a reference may name --------------------------------------------------------------------------------------------


@lru_cache
def _loaded(movement: str) -> Movement:
    return load_movement(movement)


def _part_of(find: Callable[[Movement, str], bool]) -> Callable[[str], str]:
    """Return the test whether a movement has a part; it returns the path of the file, empty where there is none."""

    def look(name: str) -> str:
        movement, _, part = name.partition("/")
        there = movement in catalogue() and find(_loaded(movement), part)
        return f"{MOVEMENTS}/{movement}.toml" if there else ""

    return look


def _shared(name: str) -> str:
    path = f"{MOVEMENTS}/_shared.toml"
    faults = tomllib.loads((ROOT / path).read_text("utf-8"))["faults"]
    return path if name in {fault["id"] for fault in faults} else ""


def _page(name: str) -> str:
    path = f"{APPS}/{name}/page.py"
    listed = re.search(rf"\b{name}\b", (ROOT / APPS / "pages.py").read_text("utf-8"))
    return path if listed and (ROOT / path).is_file() else ""


def _command(name: str) -> str:
    path = "src/formcheck/apps/cli/commands.py"
    text = (ROOT / path).read_text("utf-8")
    named = rf'@app\.command\([^)]*\)\ndef {name}\(|command\(name="{name}"|add_typer\({name},'
    return path if re.search(named, text) else ""


def _file(name: str) -> str:
    return name if (ROOT / name).is_file() else ""


def _test(name: str) -> str:
    """Return the file of a test, or of a test function in it: `tests/test_run.py::test_name`."""
    path, _, function = name.partition("::")
    if not path.startswith("tests/") or not _file(path):
        return ""
    named = not function or re.search(rf"^(?:async )?def {function}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    return path if named else ""


KINDS: dict[str, Callable[[str], str]] = {
    "movement": _part_of(lambda _, part: not part),
    "fault": _part_of(lambda movement, part: part in {fault.id for fault in movement.faults}),
    "measure": _part_of(lambda movement, part: part in movement.measures),
    "question": _part_of(lambda movement, part: not part and bool(movement.questions)),
    "dose": _part_of(lambda _, part: not part),
    "start": _part_of(lambda _, part: not part),
    "breath": _part_of(lambda _, part: not part),
    "easier": _part_of(lambda _, part: not part),
    "swap": _part_of(lambda movement, part: not part and bool(movement.swap)),
    "stop": _part_of(lambda _, part: not part),
    "shared": _shared,
    "page": _page,
    "command": _command,
    "doc": _file,
    "file": _file,
    "test": _test,
}


@lru_cache
def place_of(reference: str) -> str:
    """Return the file that a reference points to, relative to the project; empty where it does not exist."""
    kind, _, name = reference.partition(":")
    return KINDS[kind](name) if kind in KINDS and name else ""


# Checking and writing -------------------------------------------------------------------------------------------------


def problems(table: dict[str, Any]) -> list[str]:
    """Return one line for each thing that is wrong with the table."""
    items = table["items"]
    wanted = [f"{a}.{n}" for a, article in table["articles"].items() for n in range(1, article["items"] + 1)]
    times = Counter(item.get("id", "?") for item in items)
    found = [f"{i}: expected once, stands {times[i]} times" for i in wanted if times[i] != 1]
    found += [
        f"{i}: expected of {wanted[0]} to {wanted[-1]}, got an item that no article has"
        for i in times - Counter(wanted)
        if i not in wanted
    ]
    return found + [f"{item.get('id', '?')}.{line}" for item in items for line in _item_problems(item)]


def _item_problems(item: dict[str, Any]) -> Iterable[str]:
    status, later, serves = item.get("status"), item.get("later", []), item.get("serves", [])
    unknown = item.keys() - {"id", "says", "status", "later", "serves", "why"}
    yield from (f"{key}: unknown key; remove it or correct its spelling" for key in sorted(unknown))
    if not item.get("says"):
        yield "says: expected the item in our words, got none"
    if status not in STATUSES:
        yield f"status: expected of {', '.join(STATUSES)}, got {status!r}"
    yield from (f"later: expected of {', '.join(LATER)}, got {part!r}" for part in later if part not in LATER)
    if status == "later" and not later:
        yield "later: expected the part of formcheck that will serve it, got none"
    if status in ("information", "out") and not item.get("why"):
        yield "why: expected a reason, got none"
    yield from _serves_problems(serves, is_built=status == "built")


def _serves_problems(serves: list[str], *, is_built: bool) -> Iterable[str]:
    if is_built and not serves:
        yield "serves: expected what serves it, got none; what serves nothing is not built"
    elif is_built and not any(place_of(reference).startswith("tests/") for reference in serves):
        yield "serves: expected a test of it, got none; name one as test:tests/FILE.py::FUNCTION"
    for reference in serves:
        if not place_of(reference):
            yield f"serves: expected something that exists, got {reference!r}"


def page(table: dict[str, Any]) -> str:
    """Return the page."""
    times = Counter(item["status"] for item in table["items"])
    counts = ", ".join(f"{times[status]} {status}" for status in STATUSES)
    parts = [HEAD, f"{len(table['items'])} items: {counts}.\n"]
    for name, article in table["articles"].items():
        parts += [
            f"## {article['title']}\n",
            "| item | what is asked for | status | what serves it | why |",
            "|---|---|---|---|---|",
        ]
        parts += [_row(item) for item in table["items"] if item["id"].split(".")[0] == name]
        parts.append("")
    return "\n".join(parts)


def _row(item: dict[str, Any]) -> str:
    later = ", ".join(item.get("later", []))
    status = item["status"] if item["status"] != "later" else f"later: {later}"
    if item["status"] == "built" and later:
        status = f"built; more later: {later}"
    links = " · ".join(f"[{_label(r)}](../{place_of(r)})" for r in item.get("serves", []))
    return f"| {item['id']} | {item['says']} | {status} | {links} | {item.get('why', '')} |"


def _label(reference: str) -> str:
    kind, _, name = reference.partition(":")
    plain = name.replace("/", ": ") if kind in ("fault", "measure") else name.rsplit("/", 1)[-1].rsplit("::", 1)[-1]
    return f"{'' if kind in ('file', 'doc', 'test') else kind + ' '}{plain}".replace("_", r"\_")


def main() -> int:
    """Write the page, or say what is wrong; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page would change")
    options = parser.parse_args()
    table = tomllib.loads(TABLE.read_text("utf-8"))
    try:
        found = problems(table)
        text = page(table) if not found else ""
    except MovementFileError as error:
        found, text = [str(error)], ""
    if not found and options.check and (not PAGE.is_file() or PAGE.read_text("utf-8") != text):
        found = ["coverage.md: expected what coverage.toml gives, got another page; run python docs/build_coverage.py"]
    for line in found:
        print(line, file=sys.stderr)
    if not found and not options.check:
        PAGE.write_text(text, "utf-8")
        print(f"{PAGE.name}: {len(table['items'])} items")
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Marked parts of docs/accuracy.md that other benchmarks write; whoever makes the page anew keeps them."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accuracy.md"
OTHER_SETS = ("unseen", "fresh", "hard")
"""Parts that `accuracy.py --part` makes, of sets besides the one that the page is about."""
NAMES = (*OTHER_SETS, "fairness", "certainty", "ablation", "real", "networks")
"""The parts, in the order in which they stand; "ablation" and "real" have the names of the scripts that make them,
"networks" is made by `python -m training.compare_networks`."""
FIRST_LINE = "# What formcheck scores on rendered clips"


def part_of(text: str, name: str) -> str:
    """Return a part of a page with its marks; empty where there is none."""
    found = re.search(rf"^<!-- {name} -->\n.*?^<!-- /{name} -->\n", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def parts_of(text: str) -> list[str]:
    """Return all parts of a page, in order."""
    return [part for name in NAMES if (part := part_of(text, name))]


def with_part(text: str, name: str, content: str) -> str:
    r"""Return a page with one part made anew: where it stood, or behind what is there already.

    Examples
    --------
    >>> with_part("# Title\n", "real", "New.")
    '# Title\n\n<!-- real -->\nNew.\n<!-- /real -->\n'
    """
    made = f"<!-- {name} -->\n{content.strip()}\n<!-- /{name} -->\n"
    old = part_of(text, name)
    if old:
        return text.replace(old, made)
    others = [part for part in parts_of(text) if NAMES.index(_name(part)) > NAMES.index(name)]
    before, after = (text.split(others[0], 1)[0], others[0] + text.split(others[0], 1)[1]) if others else (text, "")
    return before.rstrip("\n") + "\n\n" + made + ("\n" + after if after else "")


def _name(part: str) -> str:
    return part.split(" ", 2)[1]


def write_part(name: str, content: str) -> None:
    """Write one part of the page; the rest of it stays as it is."""
    text = PAGE.read_text("utf-8") if PAGE.is_file() else f"{FIRST_LINE}\n"
    PAGE.write_text(with_part(text, name, content), "utf-8")

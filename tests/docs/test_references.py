"""Files, modules and names that a document, a comment or a docstring names in backticks exist."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = ("src", "benchmarks", "training", "studio", "docs", "examples")
PAGES = sorted(path for path in ROOT.rglob("*.md") if not any(part.startswith(".") for part in path.parts))
SCRIPTS = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))

A_FILE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md))\b")
A_NAME = re.compile(r"`([a-z_]+(?:\.[A-Za-z_]+)+)")
IS_A_FILE = {"csv", "db", "html", "js", "json", "md", "mp4", "npz", "parquet", "py", "toml"}
WRITTEN = {"agreement.md", "agreement.html", "compare.html"}
"""What formcheck writes."""


@cache
def files() -> frozenset[str]:
    """Return every script, test and page with each ending of its path."""
    found = [*PAGES, *SCRIPTS, *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.py")]
    parts = [path.relative_to(ROOT).parts for path in found]
    return frozenset("/".join(one[k:]) for one in parts for k in range(len(one)))


@cache
def modules() -> dict[str, list[str]]:
    """Return the text of formcheck's modules by the last part of their name."""
    found: dict[str, list[str]] = {}
    for path in (ROOT / "src" / "formcheck").rglob("*.py"):
        found.setdefault(path.stem, []).append(path.read_text("utf-8"))
    return found


def prose_of(path: Path) -> Iterator[str]:
    """Yield the text of a page; of a script its comments and docstrings."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        yield text
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and '"""' in token.string[:4]):
            yield token.string


def lost_names(path: Path) -> set[str]:
    """Return what a file names and nothing is called."""
    text = "\n".join(prose_of(path))
    lost = {name for name in A_FILE.findall(text) if name not in files() | WRITTEN}
    if path.is_relative_to(ROOT / "studio"):  # `body` and `camera` are modules of its own
        return lost
    return lost | {name for name in A_NAME.findall(text) if not is_known(name)}


def is_known(name: str) -> bool:
    """Return whether `module.name` names what is in a module; of other dotted words nothing is asked."""
    module, _, rest = name.partition(".")
    if module not in modules() or name.rsplit(".", 1)[1] in IS_A_FILE:
        return True
    words = re.compile(rf"\b{rest.rsplit('.', 1)[-1]}\b")
    return any(words.search(text) for text in modules()[module])


@pytest.mark.parametrize("kind", [PAGES, SCRIPTS], ids=["pages", "scripts"])
def test_what_is_named_exists(kind):
    lost = [f"{path.relative_to(ROOT)}: {name}" for path in kind for name in sorted(lost_names(path))]
    assert not lost, f"{lost}: nothing has this name; write the name of today"


def test_a_lost_name_is_noticed():
    assert "core/pipeline.py" in files()
    assert "core/pipelines.py" not in files()
    assert is_known("camera_view.MAX_YAW_DEG")
    assert not is_known("camera_view.MOST_YAW_DEG")
    assert is_known("summary.json")

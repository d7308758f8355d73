"""docs/architecture.md matches the code: its diagrams, the files it names, the stops of its walks."""

from __future__ import annotations

import importlib.util
import re
import sys

import pytest


@pytest.fixture(scope="module")
def build(checkout):
    """Return the script that makes the diagrams."""
    spec = importlib.util.spec_from_file_location("build_architecture", checkout / "docs" / "build_architecture.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture(scope="module")
def text(build):
    """Return the text of the page."""
    return build.PAGE.read_text("utf-8")


def test_page_is_what_the_script_makes(build, text):
    assert text == build.make_page(text), "run python docs/build_architecture.py"


def test_every_named_file_exists(build, text):
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w-]+/|[\w/]+\.(?:py|toml|npz))`", text))
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    batch = set(re.findall(r"\b\w+\.py\b", text.split("### Many recordings")[1].split("```")[1]))
    assert len(named) > 60
    missing = [name for name in named if not any((base / name).exists() for base in (build.PACKAGE, build.ROOT))]
    missing += [link for link in linked if not (build.PAGE.parent / link).exists()]
    missing += [name for name in batch if not (build.PACKAGE / "drivers" / "batch" / name).is_file()]
    assert sorted(set(missing) - NOT_FILES) == []


NOT_FILES = {"change.py"}
"""A file of the first plan, which the page says is not there."""


def test_every_stop_of_a_walk_exists_once(build, text):
    walks = text.split("## Three walks")[1].split("\n## ")[0].split("\n### ")[1:]
    assert len(walks) == 3
    for walk in walks:
        stops = re.findall(r"^\d+\. \[([^\]]+)\]\(([^)]+)\) · `([\w.]+)` · ", walk, re.MULTILINE)
        assert 5 <= len(stops) == len(set(stops)) <= 10
        for shown, link, name in stops:
            path = build.PAGE.parent / link
            assert path.resolve() == (build.PACKAGE / shown).resolve()
            code = path.read_text("utf-8")
            missing = [part for part in name.split(".") if not re.search(_definition(part, path.suffix), code)]
            assert not missing, f"{shown} defines no {name}"


def _definition(name, suffix):
    """Return the pattern of the line that defines a name."""
    return {
        ".py": rf"(?m)^\s*(?:(?:async )?def|class) {name}\b",
        ".js": rf"(?m)^\s*(?:async )?(?:function )?{name}\(",
        ".toml": rf'(?m)^id = "{name}"$',
    }[suffix]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/glossary.md", "docs/live.md"])
def test_links_of_a_page_lead_to_files(build, page):
    path = build.ROOT / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_glossary_names_classes_that_exist(build):
    page = build.ROOT / "docs" / "glossary.md"
    named = re.findall(r"\]\(([^)]+)\) `(\w+)` \|$", page.read_text("utf-8"), re.MULTILINE)
    assert len(named) > 10
    code = {link: (page.parent / link).read_text("utf-8") for link, _ in named}
    assert [name for link, name in named if not re.search(_definition(name, ".py"), code[link])] == []


def test_arrows_that_follow_from_others_are_left_out(build):
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert build.reduce_graph(graph) == {"a": {"b"}, "b": {"c"}, "c": set()}
    circle = {"a": {"b", "c"}, "b": {"a", "c"}, "c": set()}
    assert build.reduce_graph(circle) == circle
    above = {"top": {"a", "b", "c"}, **circle}
    assert build.reduce_graph(above) == {"top": {"a", "b"}, **circle}


def test_check_reports_an_older_page(build, monkeypatch, capsys, tmp_path, text):
    monkeypatch.setattr(build, "PAGE", tmp_path / "architecture.md")
    build.PAGE.write_text(re.sub(r"-->(?= core\n)", "-.->", text), "utf-8")
    monkeypatch.setattr(sys, "argv", ["build_architecture.py", "--check"])
    assert build.main() == 2
    assert "run python docs/build_architecture.py" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["build_architecture.py"])
    assert build.main() == 0
    assert build.PAGE.read_text("utf-8") == text

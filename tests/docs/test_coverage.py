"""The coverage table lists every item once, names only what exists, and equals its page."""

from __future__ import annotations

import copy
import importlib.util
import re
import sys
import tomllib

import pytest


@pytest.fixture(scope="module")
def coverage(checkout):
    """Return the script that makes the page."""
    spec = importlib.util.spec_from_file_location("build_coverage", checkout / "docs" / "build_coverage.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture(scope="module")
def table(coverage):
    """Return the table the page is made of."""
    return tomllib.loads(coverage.TABLE.read_text("utf-8"))


def test_all_128_items_stand_once(coverage, table):
    wanted = [f"{a}.{n}" for a, last in enumerate((25, 30, 41, 19, 13)) for n in range(1, last + 1)]
    assert [item["id"] for item in table["items"]] == wanted
    rows = re.findall(r"^\| (\d\.\d+) \|", coverage.PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == wanted
    assert len(rows) == 128


def test_nothing_is_named_that_is_not_there(coverage, table):
    assert coverage.problems(table) == []


def test_the_page_is_what_the_script_makes(coverage, table):
    assert coverage.PAGE.read_text("utf-8") == coverage.page(table)


def test_every_link_of_the_page_leads_to_a_file(coverage):
    links = set(re.findall(r"\]\(([^)#]+)\)", coverage.PAGE.read_text("utf-8")))
    assert len(links) > 20
    assert [link for link in links if not (coverage.PAGE.parent / link).is_file()] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"serves": ["movement:no_such"]}, "thing that exists, got 'movement:no_such'", id="movement"),
        pytest.param({"serves": ["fault:plank/no_such"]}, "exists, got 'fault:plank/no_such'", id="fault"),
        pytest.param({"serves": ["measure:plank/no_such"]}, "exists, got 'measure:plank/no_such'", id="measure"),
        pytest.param({"serves": ["shared:no_such"]}, "exists, got 'shared:no_such'", id="shared fault"),
        pytest.param({"serves": ["page:no_such"]}, "exists, got 'page:no_such'", id="page"),
        pytest.param({"serves": ["command:no_such"]}, "exists, got 'command:no_such'", id="command"),
        pytest.param({"serves": ["doc:docs/no_such.md"]}, "exists, got 'doc:docs/no_such.md'", id="file"),
        pytest.param({"serves": ["colour:plank"]}, "exists, got 'colour:plank'", id="kind"),
        pytest.param({"serves": []}, "serves: expected what serves it, got none", id="built of nothing"),
        pytest.param({"serves": ["dose:plank"]}, "serves: expected a test of it, got none", id="built without a test"),
        pytest.param({"serves": ["test:tests/test_run.py::test_none"]}, "exists, got 'test:tests/test_run", id="test"),
        pytest.param({"status": "done"}, "status: expected of built, later, information, out, got 'done'", id="status"),
        pytest.param({"status": "later"}, "later: expected the part of formcheck that will serve it", id="later when"),
        pytest.param({"later": ["one day"]}, "later: expected of screening, routines, ", id="unknown part"),
        pytest.param({"status": "out"}, "why: expected a reason, got none", id="out without a reason"),
        pytest.param({"says": ""}, "says: expected the item in our words, got none", id="no words"),
        pytest.param({"id": "9.9"}, "got an item that no article has", id="unknown item"),
    ],
)  # fmt: skip
def test_a_wrong_item_is_reported(coverage, table, change, told):
    wrong = copy.deepcopy(table)
    item = next(i for i in wrong["items"] if i["id"] == "2.14")
    item.update(change)
    assert [line for line in coverage.problems(wrong) if told in line]


def test_an_item_that_stands_twice_or_not_at_all_is_reported(coverage, table):
    wrong = {**table, "items": [*table["items"][1:], table["items"][5]]}
    assert coverage.problems(wrong) == [
        "0.1: expected once, stands 0 times",
        "0.6: expected once, stands 2 times",
    ]


def test_the_command_fails_without_a_traceback(coverage, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "argv", ["build_coverage.py"])
    monkeypatch.setattr(coverage, "TABLE", tmp_path / "coverage.toml")
    monkeypatch.setattr(coverage, "PAGE", tmp_path / "coverage.md")
    text = '[articles.0]\ntitle = "One"\nitems = 1\n'
    text += '[[items]]\nid = "0.1"\nsays = "Hold"\nstatus = "built"\nserves = ["{}", "test:tests/test_run.py"]\n'
    coverage.TABLE.write_text(text.format("movement:none"), "utf-8")
    assert coverage.main() == 2
    assert capsys.readouterr().err == "0.1.serves: expected something that exists, got 'movement:none'\n"
    assert not coverage.PAGE.exists()
    coverage.TABLE.write_text(text.format("fault:plank/hips_sag"), "utf-8")
    assert coverage.main() == 0
    assert "| 0.1 | Hold | built | [fault plank: hips\\_sag]" in coverage.PAGE.read_text("utf-8")
    monkeypatch.setattr(sys, "argv", ["build_coverage.py", "--check"])
    assert coverage.main() == 0
    coverage.PAGE.write_text("older", "utf-8")
    assert coverage.main() == 2

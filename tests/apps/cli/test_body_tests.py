"""`formcheck tests`: lists, shows and checks protocols, and refuses in one line."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from formcheck.program.body_tests.protocol import load_protocols

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))


def test_list_and_show_name_every_test(formcheck):
    code, out, _ = formcheck("tests", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [one.id for one in load_protocols()]
    assert "little trust" in out
    for one in load_protocols():
        code, out, _ = formcheck("tests", "show", one.id)
        assert code == 0
        assert one.name in out
        assert "provisional" in out


def test_validate_reports_good_and_bad_files(formcheck, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    text = resources.files("formcheck.protocols").joinpath("T1.toml").read_text("utf-8")
    good.write_text(text, "utf-8")
    bad.write_text(text.replace("same_day = 8.0", "same_day = 0").replace("order = 11", "order = 0"), "utf-8")
    code, out, err = formcheck("tests", "validate", good, bad)
    assert code == 2
    assert out == "good.toml: good (Flat-back bow, 3 trials)\n"
    assert "2 problems" in err


def test_json_has_every_try_with_its_uncertainty(formcheck):
    code, out, _ = formcheck("tests", "run", "T1", DATA / "hinge_good.parquet", "--json")
    assert code == 0
    [side] = json.loads(out)["sides"]
    assert side["side"] is None
    assert side["median"] is None  # one of three tries is no result
    assert side["trials"][0]["value"] == pytest.approx(58, abs=3)
    assert side["trials"][0]["uncertainty"] > 0
    assert side["thresholds"]["same_day"] == {"value": 8.0, "provisional": True}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "T99", "a.parquet"], "expected a test or a .toml file; known tests: T9"),
        (["run", "T13", "a.parquet"], "expected a test that the camera measures"),
        (["compare", "T1", "--before", "a.parquet"], "1 before and 0 after"),
        (["compare"], "no visit with a test before and after"),
        (["compare", "T1"], "no visit with this test before and after"),
        (["run", "T1", "a.parquet", "--side", "middle"], "is not one of"),
    ],
)
def test_an_error_is_one_line(formcheck, words, said):
    code, _, err = formcheck("tests", *words)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert said in err

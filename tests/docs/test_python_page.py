"""docs/python.md equals what the docstrings give, and lists every public name."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys

import pytest

import formcheck as fc


@pytest.fixture(scope="module")
def build_api(checkout):
    """Return the script that makes the page."""
    spec = importlib.util.spec_from_file_location("build_api", checkout / "docs" / "build_api.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_page_is_what_the_script_makes(build_api):
    assert build_api.PAGE.read_text("utf-8") == build_api.page(), "run python docs/build_api.py"


def test_every_public_name_stands_once_with_an_example(build_api):
    entries = re.split(r"^### `fc\.(\w+)`$", build_api.PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert sorted(entries[1::2]) == fc.__all__
    assert [name for name, text in zip(entries[1::2], entries[2::2], strict=True) if ">>> " not in text] == []


@pytest.mark.parametrize("name", [name for name in fc.__all__ if inspect.isfunction(getattr(fc, name))])
def test_every_parameter_of_a_function_is_reported(build_api, name):
    entry = build_api.PAGE.read_text("utf-8").split(f"### `fc.{name}`")[1].split("\n### ")[0]
    items = re.findall(r"^- (`.+?`): ", entry, re.MULTILINE)
    told = {word for item in items for word in re.findall(r"`(\w+)`", item)}
    assert set(inspect.signature(getattr(fc, name)).parameters) <= told


def test_a_signature_is_shown_as_it_is_written(build_api):
    assert build_api.signature(fc.catalogue) == "catalogue() -> list[str]"
    assert build_api.signature(fc.open_pose_model) == (
        'open_pose_model(model: str = "full", *, engine: str = "auto", still: bool = False) -> PoseEstimator'
    )
    lines = build_api.signature(fc.batch).splitlines()
    assert lines[:4] == ["batch(", "    inputs: Place | Sequence[Place] = (),", "    *,", "    out: Place,"]
    assert lines[-1] == ") -> pd.DataFrame"
    assert build_api.signature(fc.FormChecker.step) == "step(pose: PoseFrame) -> StepResult"


def test_the_command_tells_a_page_that_is_older(build_api, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "argv", ["build_api.py", "--check"])
    monkeypatch.setattr(build_api, "PAGE", tmp_path / "python.md")
    assert build_api.main() == 2
    assert "python.md: expected what the docstrings give, got another page" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["build_api.py"])
    assert build_api.main() == 0
    monkeypatch.setattr(sys, "argv", ["build_api.py", "--check"])
    assert build_api.main() == 0

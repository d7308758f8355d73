"""Every Examples block in the source does what it shows, and every public name has one."""

from __future__ import annotations

import doctest
import importlib
import shutil
from pathlib import Path

import pytest

import formcheck as fc

SOURCE = Path(fc.__file__).parent
RUNS_THE_POSE_MODEL = "formcheck.api"


def _modules():
    """Return the names of all modules that hold an example."""
    files = [file for file in sorted(SOURCE.rglob("*.py")) if ">>> " in file.read_text("utf-8")]
    return [".".join(("formcheck", *file.relative_to(SOURCE).with_suffix("").parts)) for file in files]


@pytest.fixture
def folder_of_examples(checkout, tmp_path, monkeypatch):
    """Work in a folder that holds what the examples read, and may be written to."""
    shutil.copytree(checkout / "examples" / "tracks", tmp_path / "examples" / "tracks")
    (tmp_path / "sample_videos").mkdir()
    for name in ("hinge_good.mp4", "README.md"):
        shutil.copy(checkout / "sample_videos" / name, tmp_path / "sample_videos")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name == RUNS_THE_POSE_MODEL else ()) for name in _modules()],
)
def test_the_examples_do_what_they_show(folder_of_examples, name):
    module = importlib.import_module(name.removesuffix(".__init__"))
    found = doctest.testmod(module)
    assert found.attempted > 0, "an example that doctest does not find is not run"
    assert found.failed == 0


def test_the_modules_with_examples_are_found():
    assert {"formcheck.api", "formcheck.core.pipeline", "formcheck.__init__"} <= set(_modules())


@pytest.mark.parametrize("name", fc.__all__)
def test_every_public_name_has_an_example(name):
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(fc, name), name)
    assert any("fc." in example.source for example in found.examples)

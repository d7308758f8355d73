"""`import formcheck`: about a dozen names, and nothing heavy is loaded for them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import formcheck as fc

HEAVY = ("av", "cv2", "matplotlib", "mediapipe", "numpy", "pandas", "pyarrow", "pydantic", "streamlit")


def test_all_equals_what_is_exported():
    assert fc.__all__ == sorted(fc.__all__)
    assert set(fc.__all__) == set(fc._HOMES)
    for name in fc.__all__:
        assert getattr(fc, name).__name__ == name


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'formcheck' has no attribute 'chek'"):
        fc.chek  # noqa: B018


def test_importing_loads_no_heavy_library_and_writes_nothing(tmp_path):
    script = f"import sys, formcheck; print([m for m in {HEAVY} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_types_are_told_to_type_checkers():
    # The names under TYPE_CHECKING are what mypy sees; the table is what Python sees.
    assert not TYPE_CHECKING
    source = fc.__spec__.loader.get_source("formcheck")
    typed = source.split("if TYPE_CHECKING:\n", 2)[1].split("\n\n")[0]
    for name, home in fc._HOMES.items():
        line = next(line for line in typed.splitlines() if line.strip().startswith(f"from {home} import"))
        assert name in line.split(" import ")[1].split(", ")

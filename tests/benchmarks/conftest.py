"""Load the benchmarks the way their scripts import each other."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture
def script(checkout, monkeypatch):
    """Return what imports a module of `benchmarks`."""
    monkeypatch.syspath_prepend(str(checkout / "benchmarks"))
    return importlib.import_module

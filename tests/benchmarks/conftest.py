"""The modules of `benchmarks`, which is not installed."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture
def script(checkout, monkeypatch):
    """Return what imports a module of `benchmarks`."""
    monkeypatch.syspath_prepend(str(checkout))
    return lambda name: importlib.import_module(f"benchmarks.{name}")

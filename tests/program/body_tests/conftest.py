"""Visits made by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from formcheck.program.body_tests.protocol import Complaint
from formcheck.program.body_tests.results import Taken
from formcheck.program.body_tests.visit import Input, Visit
from formcheck.program.change import Feeling

BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def taken(*values: float, unit: str = "deg", asked: int = 3, uncertainty: float = 4.0) -> Taken:
    """Return trials as they were measured; NaN is a trial that could not be read."""
    return Taken(tuple(value for value in values if math.isfinite(value)), unit, uncertainty, asked)


def visit(number: int = 0, *, before=(), after=(), feeling=Feeling.SAME, tests=("T1",), **more) -> Visit:
    """Return the visit of day `number`: T1 before and after, three trials each."""
    begun = BEGUN + timedelta(days=2 * number)
    known = {
        "begun": begun,
        "complaint": Complaint.HAMSTRING,
        "tests": tests,
        "input": Input.STRETCH,
        "input_done": begun + timedelta(minutes=10),
        "feeling": feeling,
        "before": {("T1", None): taken(*before)} if before else {},
        "after": {("T1", None): taken(*after)} if after else {},
    }
    return Visit(**{**known, **more})


@pytest.fixture
def hand():
    """What makes visits by hand."""
    return SimpleNamespace(visit=visit, taken=taken, begun=BEGUN)

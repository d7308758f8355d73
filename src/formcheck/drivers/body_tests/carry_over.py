"""Find the changes that have lasted since the first day of tests.

One of them is the headline of Today for some days after a visit.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from formcheck.core.errors import StoreError
from formcheck.drivers.history.database import history_path
from formcheck.drivers.history.history import History
from formcheck.program.body_tests.phrases import write_headline_of_today
from formcheck.program.body_tests.protocol import load_protocol
from formcheck.program.body_tests.results import ChangedTest, join_changes
from formcheck.program.body_tests.visit import find_carry_over
from formcheck.program.change import Change

from .visits import COMPLAINT, read_visits

log = logging.getLogger(__name__)

SHOWN_FOR = timedelta(days=7)
"""[E] After this the numbers are old; the next visit brings new ones."""


def describe_carry_over(now: datetime) -> dict[str, Any] | None:
    """Return what Today says about the first day of tests and the newest.

    None without two visits, or if the newest is old.

    Parameters
    ----------
    now : with a time zone.
    """
    changes = _find_changes(now)
    change = join_changes(changes)
    if change is Change.UNKNOWN:
        return None
    # as `join_changes` counts it: one without a wanted direction decides nothing
    counted = {Change.OTHER: Change.NONE}
    shown = next(one for one in changes if change in (one.change, counted.get(one.change)))
    return {"code": change, "test": shown.test_id, "text": write_headline_of_today(load_protocol(shown.test_id), shown)}


def _find_changes(now: datetime) -> list[ChangedTest]:
    if not history_path().exists():
        return []
    try:
        with History() as history:
            person = history.find_current_person()
            if person is None:
                return []
            begun = [one.at for one in history.list_reports(person, COMPLAINT) if one.session_id is not None]
            if len(begun) < 2 or not timedelta(0) <= now - begun[-1] <= SHOWN_FOR:
                return []
            visits = list(read_visits(history, person).values())
            return find_carry_over(visits) if visits else []
    except StoreError as error:
        log.warning("what stayed since the first day is not known: %s", error)
        return []

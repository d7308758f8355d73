"""Do a test before the live camera: a set whose repetitions are its trials."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from formcheck.core.errors import StoreError
from formcheck.core.skeleton import Side
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import Moment
from formcheck.program.body_tests.phrases import write_median, write_taken, write_tries
from formcheck.program.body_tests.protocol import Complaint, Protocol
from formcheck.program.body_tests.results import collect_trials
from formcheck.program.body_tests.trials import TrialReader, TrialValue

from .visits import begin_visit, find_visit_under_way, keep_trials, read_height_cm

log = logging.getLogger(__name__)


GUEST_UNKEPT = "You are here as a guest: this test is not kept."


@dataclass(frozen=True, slots=True)
class BodyTest:
    """The test that a live set belongs to.

    Parameters
    ----------
    protocol : of the test.
    moment : before or after the input.
    side : that is tested; None = as it is seen.
    """

    protocol: Protocol
    moment: Moment
    side: Side | None


def open_reader(test: BodyTest) -> TrialReader:
    """Return a reader of the trials, with the height that the person entered."""
    height_cm = None
    try:
        with History() as history:
            person = history.find_current_person()
            height_cm = None if person is None else read_height_cm(history, person)
    except StoreError as error:
        log.warning("the height is not known: %s", error)
    return TrialReader(test.protocol, side=test.side, height_cm=height_cm)


def describe_trials(test: BodyTest, trials: Sequence[TrialValue], *, unkept: str = "") -> dict[str, Any]:
    """Return what the page shows at the end of a test.

    Parameters
    ----------
    trials : that count.
    unkept : why they could not be stored; empty if they were.
    """
    protocol = test.protocol
    by_side: dict[Side | None, list[TrialValue]] = {one.side: [] for one in trials} or {test.side: []}
    for one in trials:
        by_side[one.side].append(one)
    taken = {side: collect_trials(protocol, some) for side, some in by_side.items()}
    if len(taken) == 1:
        [only] = taken.values()
        sentence, tries = write_median(protocol, only), write_tries(protocol, only)
    else:
        sentence, tries = " ".join(write_taken(protocol, one, side) for side, one in taken.items()), ""
    text = unkept or tries
    tip = {"code": "unkept" if unkept else "tries", "text": text} if text else None
    return {"sentence": sentence, "ring": None, "tip": tip, "questions": [], "next": None, "other_side": None}


def keep_live_trials(test: BodyTest, trials: Sequence[TrialValue]) -> str:
    """Store the trials in the visit under way.

    Returned is why they could not be stored; empty if they were.

    Without a visit, one begins that has this test only.
    """
    try:
        with History() as history:
            person, now = history.find_current_person(), datetime.now(UTC)
            if person is None:
                return GUEST_UNKEPT
            session_id = find_visit_under_way(history, person, now)
            if session_id is None:
                complaint = next(iter(test.protocol.complaints), Complaint.STIFF)
                session_id = begin_visit(history, person, now, complaint, [test.protocol.id])
            keep_trials(history, session_id, test.protocol.id, test.moment, trials, now=now)
    except StoreError as error:
        log.warning("a test is not in the history: %s", error)
        return str(error)
    return ""

"""How long does the progress page wait for a history of many sessions?

    python -m benchmarks.history                        # 10,000 sessions of three sets
    python -m benchmarks.history --sessions 1000

A history of one person is made in a temporary folder, through the same functions as in practice, except that the rows
are written in one go. Then its progress is read as the page does. Printed are the seconds of each step and the size.
The words come first on the page, then each picture as soon as it is drawn.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, pairwise
from pathlib import Path

from formcheck.apps.web.progress.page import draw_courses
from formcheck.apps.web.progress.text import write_helped, write_progress
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.skeleton import SIDES
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import PractisedRepetition, PractisedSet, Report, SetValue
from formcheck.drivers.history.reports import HURTS, NEXT_DAY, NEXT_DAY_OF, PAIN_BEFORE
from formcheck.drivers.history.weeks import (
    read_done_sets,
    read_next_days,
    read_next_days_of,
    read_pain,
    read_places,
)
from formcheck.program.person.about_me import NEXT_DAY_ANSWERS
from formcheck.program.person.body_areas import AREAS
from formcheck.program.progress import find_changes, find_place_changes, find_ready_movements, find_what_helped

SETS, ROUNDS = 3, 5
BEGUN = datetime(2020, 1, 1, 8, tzinfo=UTC)


def main() -> None:
    """Make a history and print how long its progress takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=10_000)
    options = parser.parse_args()
    movements = {name: load_movement(name) for name in catalogue()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.db"
        start_s = time.perf_counter()
        make_history(path, options.sessions, list(movements.values()))
        print(f"{options.sessions} sessions of {SETS} sets: {path.stat().st_size / 1e6:.0f} MB")
        print(f"made in                        {time.perf_counter() - start_s:6.1f} s")
        rounds = [time_progress(path, movements) for _ in range(ROUNDS)]
        for name in rounds[0]:
            print(f"{name:<31}{statistics.median(one[name] for one in rounds):6.2f} s")


def time_progress(path: Path, movements: dict[str, Movement]) -> dict[str, float]:
    """Return the seconds of each step, and of all."""
    marks = [("", time.perf_counter())]
    with History(path) as history:
        marks.append(("open and check the file", time.perf_counter()))
        person = history.find_first_person()
        sets, pain = read_done_sets(history, person, movements), read_pain(history, person)
        places = find_place_changes([codes for _, codes in read_places(history, person)])
        helped = find_what_helped(read_next_days(history, person), read_next_days_of(history, person))
        marks.append(("read", time.perf_counter()))
    found, ready = find_changes(sets, pain), find_ready_movements(sets, pain)
    write_progress(found, ready, movements, places=places)
    write_helped(helped, movements)
    marks.append(("find changes, write sentences", time.perf_counter()))
    steps = {name: at - before for (_, before), (name, at) in pairwise(marks)}
    words = {**steps, "all": marks[-1][1] - marks[0][1]}
    began_s = time.perf_counter()
    drawn = [time.perf_counter() - began_s for _ in draw_courses(sets, pain, found, movements, theme="light")]
    return {**words, "then the first picture": drawn[0], "all pictures": drawn[-1]}


def make_history(path: Path, sessions: int, movements: list[Movement]) -> None:
    """Write a history of three sessions a week."""
    seeded = random.Random(1)
    chosen = cycle(movements)
    with History(path) as history, history.write_many():
        person = history.find_first_person()
        for number in range(sessions):
            at = BEGUN + timedelta(days=7 * number / 3)
            session = history.begin_session(person, at)
            pain = Report(at, PAIN_BEFORE, float(seeded.randrange(5)), session_id=session)
            history.add_report(person, pain)
            history.add_report(person, Report(at, HURTS, code=seeded.choice(AREAS).code))
            lasted = Report(at, NEXT_DAY, code=seeded.choice(NEXT_DAY_ANSWERS)[0])
            history.add_report(person, lasted)
            history.add_report(person, replace(lasted, question=NEXT_DAY_OF, movement_id=movements[number % 5].id))
            for movement in islice(chosen, SETS):
                history.add_set(session, make_set(movement, at, seeded))


def make_set(movement: Movement, at: datetime, seeded: random.Random) -> PractisedSet:
    """Return a set with two repetitions, and a value for each measure of the movement."""
    side = seeded.choice(SIDES)
    resolved = (resolve(spec.signal, working=side, near=side) for spec in movement.measures.values())
    names = {name for name in resolved if name is not None}
    values = tuple(SetValue(name, "deg", seeded.gauss(50, 5), 0, 60, 6) for name in sorted(names))
    each = PractisedRepetition(1, side, 0, 30, 4, 26, 22, 20)
    return PractisedSet(
        at, movement.id, movement.version, side, "ok", None, "", 60, 44, 40, 40, 2, 2, "1.0",
        each=(each, replace(each, number=2)), values=values,
    )  # fmt: skip


if __name__ == "__main__":
    main()

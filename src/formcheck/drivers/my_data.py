"""See, export and delete what is stored about the person at this computer."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from formcheck.core.display import disarm_formula
from formcheck.core.errors import AnswerError, StoreError
from formcheck.drivers.atomic_files import stage_files, write_one_file

from .answer_record import (
    ANSWERS_FILE,
    BROKEN_FILE,
    SessionRecord,
    answers_lock,
    forget_unwritten,
    read_record,
    write_record,
)
from .history.database import history_path
from .history.history import History
from .history.records import Person
from .history.reports import forget_reports
from .results_store import count_stored_bytes, delete_results, find_results_dir, list_results
from .therapist.own_plan import delete_own_plan, find_own_plan_path
from .user_data import FIRST, GUEST, calibration_path, find_own_dir, find_person_key, find_practice_path, run_as


@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of stored data: its place, its number, its deletion."""

    find_place: Callable[[], Path]
    count: Callable[[], int]
    delete: Callable[[], object]


def list_parts() -> list[dict[str, Any]]:
    """Return each kind of stored data: code, number, place and size in bytes."""
    return [
        {"code": code, "count": part.count(), "place": str(part.find_place()), "bytes": _count_bytes(part)}
        for code, part in _PARTS.items()
    ]


def export_all(now: datetime) -> dict[str, Any]:
    """Return everything that is stored about the person, as plain JSON values.

    Recorded sets are named, with their summaries; their tables and videos stay in their folders.
    """
    results = []
    for result in list_results():
        item = {"recording": result.recording, "movement": result.movement, "folder": str(result.folder)}
        results.append({**item, "summary": _read_json(result.folder / "summary.json")})
    return {
        "exported_utc": now.isoformat(timespec="seconds"),
        "answers": read_record().model_dump(mode="json"),
        "set_aside": _read_plain(find_own_dir() / BROKEN_FILE),
        "calibration": _read_json(calibration_path()),
        "plan": _read_plain(find_own_plan_path()),
        "folder": _read_json(find_practice_path()),
        "history": _read_history(lambda history, me: history.export_rows(me)),
        "results": results,
    }


def delete_chosen(body: object, _now: datetime) -> dict[str, Any]:
    """Delete the chosen kinds of data; return what went and what is left.

    Raises
    ------
    AnswerError
        Something else than a list of known kinds.
    """
    chosen = body.get("parts") if isinstance(body, Mapping) else None
    if (
        not isinstance(chosen, list)
        or not chosen
        or not all(isinstance(code, str) and code in _PARTS for code in chosen)
    ):
        raise AnswerError(f"parts: expected a list of {', '.join(_PARTS)}, got {ascii(chosen)[:40]}")
    gone = {code: _delete(_PARTS[code]) for code in dict.fromkeys(chosen)}
    return {"gone": gone, "parts": list_parts()}


def _delete(part: _Part) -> int:
    """Delete one kind of data; return how many went, by counting again."""
    before = part.count()
    part.delete()
    return before - part.count()


def _change_record(**empty: Any) -> None:
    """Empty some parts of the answers' file; delete it if nothing is left."""
    with answers_lock:
        record = read_record().model_copy(update=empty)
        if record == SessionRecord():
            _remove(find_own_dir() / ANSWERS_FILE)
            forget_unwritten()
        else:
            write_record(record)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _count_answers() -> int:
    record = read_record()
    return len({**record.answers, **record.draft}) + len(record.about) + (find_own_dir() / BROKEN_FILE).is_file()


def _delete_answers() -> None:
    _change_record(answers={}, draft={}, answered_utc=None, new_signs=False, about={}, about_utc=None)
    _remove(find_own_dir() / BROKEN_FILE)


def _count_sessions() -> int:
    record = read_record()
    return len(record.sessions) + len(record.set_answers) + len(record.pains) + len(record.next_days)


def _delete_sessions() -> None:
    _change_record(sessions=[], set_answers=[], pains=[], next_days=[])
    if history_path().is_file():
        with suppress(StoreError):
            forget_reports()


def _read_history(read: Callable[[History, Person], Any]) -> Any:
    """Return what is read about the person who practises; None for nothing.

    Other people of the same history, such as patients, are not theirs to see or delete here.
    """
    if not history_path().is_file():
        return None
    with suppress(StoreError), History() as history:
        me = history.find_person(find_person_key())
        return read(history, me) if me else None
    return None


def _delete_history() -> None:
    """Delete the rows; the profile itself stays, with its name and passcode."""
    _read_history(lambda history, me: history.delete_practice(me))


def delete_person(key: str) -> dict[str, int]:
    """Delete a person with everything of theirs; return how many of each kind went.

    Raises
    ------
    StoreError
        The history cannot be changed now; then the profile stays.
    """

    def delete() -> dict[str, int]:
        gone = {code: _delete(part) for code, part in _PARTS.items()}
        if history_path().is_file():
            with History() as history:
                person = history.find_person(key)
                if person is not None:
                    history.delete_person(person)
                    gone["profile"] = 1
        if key not in {FIRST, GUEST}:
            shutil.rmtree(find_own_dir(), ignore_errors=True)
        return {code: count for code, count in gone.items() if count}

    return run_as(key, delete)


def _count_bytes(part: _Part) -> int:
    place = part.find_place()
    if place == find_results_dir():
        return count_stored_bytes()
    with suppress(OSError):
        return place.stat().st_size
    return 0


def _read_json(path: Path) -> Any:
    with suppress(OSError, ValueError):
        return json.loads(path.read_text("utf-8"))
    return None


def _read_plain(path: Path) -> str | None:
    with suppress(OSError):
        return path.read_text("utf-8", "replace")
    return None


_PARTS: dict[str, _Part] = {
    "answers": _Part(lambda: find_own_dir() / ANSWERS_FILE, _count_answers, _delete_answers),
    "sessions": _Part(lambda: find_own_dir() / ANSWERS_FILE, _count_sessions, _delete_sessions),
    "calibration": _Part(
        calibration_path, lambda: int(calibration_path().is_file()), lambda: _remove(calibration_path())
    ),
    "plan": _Part(find_own_plan_path, lambda: int(find_own_plan_path().is_file()), delete_own_plan),
    "folder": _Part(
        find_practice_path, lambda: int(find_practice_path().is_file()), lambda: _remove(find_practice_path())
    ),
    "history": _Part(
        history_path, lambda: _read_history(lambda history, me: len(history.list_sets(me))) or 0, _delete_history
    ),
    "results": _Part(find_results_dir, lambda: len(list_results()), delete_results),
}
"""Each kind of stored data, by its code; the page has the words."""


def export_json(history: History, person: Person, out: Path) -> int:
    """Write every row about a person into one JSON file; return the number of rows.

    Raises
    ------
    StoreError
        The file cannot be written; then there is none.
    """
    rows = history.export_rows(person)
    with write_one_file(out) as part:
        part.touch(mode=0o600)
        part.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return sum(map(len, rows.values()))


def export_csv(history: History, person: Person, out: Path) -> int:
    """Write one CSV file for each table into a folder; return the number of rows.

    Raises
    ------
    StoreError
        The folder cannot be written; then nothing is in it.
    """
    rows = history.export_rows(person)
    with stage_files(out) as part:
        for table, found in rows.items():
            if found and part is not None:
                with (part / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(found[0]))
                    writer.writeheader()
                    writer.writerows(
                        {key: disarm_formula(value) if isinstance(value, str) else value for key, value in row.items()}
                        for row in found
                    )
    return sum(map(len, rows.values()))

"""Make what is taken along: reports and exports, in the folder of their result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from formcheck.apps.web.review.result_routes import DESK_PATH
from formcheck.core.errors import SourceError, StoreError
from formcheck.core.movement.load import load_movement
from formcheck.core.records import PoseFrame
from formcheck.drivers.atomic_files import require_no_link, write_one_file
from formcheck.drivers.results_store import find_result, list_results
from formcheck.drivers.therapist.comparison import compare_results, load_ghost
from formcheck.drivers.therapist.comparison_page import build_comparison_page
from formcheck.drivers.therapist.corrected import CORRECTIONS, PRESCRIPTION, load_measured
from formcheck.drivers.therapist.export import EXPORT_NAMES, export_result
from formcheck.drivers.therapist.report import make_report
from formcheck.drivers.user_data import find_person_key

from .opened import OpenedResult

_REPORTS = {"pdf": "report.pdf", "html": "report.html"}
_COMPARISON = "compare.html"
_DOWNLOADS = frozenset({_COMPARISON, *_REPORTS.values(), *EXPORT_NAMES.values(), PRESCRIPTION, CORRECTIONS})
_MOST_WORDS = 300
_MOST_OTHERS = 50


def list_others(found: OpenedResult) -> list[dict[str, Any]]:
    """Return the other results of the same movement, the recording made last first."""
    movement = load_movement(found.folder / "movement.toml").id
    others: list[dict[str, Any]] = []
    for one in sorted(list_results(), key=lambda result: -result.dated_s):
        if one.key == found.key or len(others) >= _MOST_OTHERS:
            continue
        try:
            summary = one.summary()
        except StoreError:
            continue
        if summary.movement.id == movement:
            others.append({"key": one.key, "name": one.recording, "dated_s": one.dated_s})
    return others


def make_one_report(found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Make the report and return its address.

    Raises
    ------
    SourceError
        The earlier result is gone.
    """
    to = "html" if form.get("format") == "html" else "pdf"
    patient, complaint, adherence = (_read_words(form, key) for key in ("patient", "complaint", "adherence"))
    written = make_report(
        found.folder,
        out=found.folder / _REPORTS[to],
        compare=_find_other(str(form.get("compare") or "")),
        pdf=to == "pdf",
        paper="Letter" if form.get("paper") == "Letter" else "A4",
        patient=patient,
        complaint=complaint,
        adherence=adherence,
        pain=_read_pain(form),
    )
    return {"url": made_url(found, written.name)}


def _read_words(form: Mapping[str, Any], key: str) -> str:
    return str(form.get(key) or "")[:_MOST_WORDS]


def _read_pain(form: Mapping[str, Any]) -> int | None:
    return int(text) if (text := str(form.get("pain") or "")).isdecimal() and len(text) <= 2 else None


def _find_other(key: str) -> Path | None:
    if not key:
        return None
    other = find_result(key)
    if other is None or other.person != find_person_key():
        raise SourceError("expected an earlier result that is stored here, got none; choose another")
    return other.folder


def make_one_export(found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Make one export and return its address."""
    patient = _read_words(form, "patient") or "anonymous"
    written = export_result(found.folder, to=str(form.get("to")), patient=patient, pain=_read_pain(form))
    return {"url": made_url(found, written.name)}


def make_one_comparison(found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Compare the curves of two results, or of both sides of one.

    The address of the page is returned.
    """
    other = _find_other(str(form.get("compare") or ""))
    names = (found.recording, "") if other is None else (found.recording, load_measured(other).source.name)
    compared = compare_results(found.folder, other, called=names)
    target = found.folder / _COMPARISON
    require_no_link(found.folder, target)
    with write_one_file(target) as part:
        part.write_text(build_comparison_page(compared), "utf-8")
    return {"url": made_url(found, target.name)}


def find_ghost(found: OpenedResult, other: str) -> list[PoseFrame]:
    """Return the body of another result in the pictures of this one.

    Parameters
    ----------
    other : key of the other result; empty = the other side of this one.
    """
    return load_ghost(found.folder, _find_other(other))


def made_url(found: OpenedResult, name: str) -> str:
    """Return the address of something that was made of a result."""
    return f"{DESK_PATH}/made?{urlencode({'result': found.key, 'part': found.part, 'name': name})}"


def find_made(found: OpenedResult, name: str) -> Path | None:
    """Return a file that was made of a result; None without it."""
    path = found.folder / name if name in _DOWNLOADS else None
    return path if path is not None and path.is_file() and not path.is_symlink() else None

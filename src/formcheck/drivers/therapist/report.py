"""Make the printed report of a result.

It holds the corrections, key pictures, and the comparison with an earlier result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import format_clock, name_check
from formcheck.core.errors import FormCheckError, SourceError
from formcheck.core.movement.schema import Movement
from formcheck.core.records import StepResult
from formcheck.core.summary.schema import FaultRecord, RunSummary
from formcheck.drivers.atomic_files import require_no_link, write_one_file
from formcheck.drivers.own_movements import find_movement, load_own_movements
from formcheck.drivers.recording.check import ANNOTATED, FILM
from formcheck.drivers.recording.guarded_video import GuardedVideo
from formcheck.drivers.results_store import read_recording_day
from formcheck.program.therapist.corrections import REACH_S, list_moved_joints
from formcheck.program.therapist.prescription import Prescription, describe_change, list_prescribed_changes
from formcheck.sinks.overlay.draw import draw_overlay, ring_joints
from formcheck.sinks.report.content import Block, ReportDetails, build_report
from formcheck.sinks.report.html_page import Paper, write_html
from formcheck.sinks.report.pdf_pages import write_pdf

from .corrected import ShownResult, load_shown, open_shown
from .hidden_faces import FaceHider
from .judged_again import find_corrected_steps

REPORT_TITLE = "Movement report"
MOST_PICTURES = 4
MOST_PAIN = 10
MOST_NOTES = 2
"""Pictures of notes, where there is neither a fault nor a hold to show."""
LEAST_APART_S = 1.0
"""A picture of the hold this near to one of a fault shows the same."""
_REPORT_PICTURE_PX = 720


def make_report(
    result: Path,
    *,
    out: Path | None = None,
    compare: Path | None = None,
    pdf: bool = False,
    paper: Paper = "A4",
    patient: str = "",
    complaint: str = "",
    prescription: Prescription | None = None,
    adherence: str = "",
    pain: int | None = None,
    blur_faces: bool = False,
) -> Path:
    """Write the report of a result and return the file.

    Parameters
    ----------
    result : folder of a check with --out.
    out : file to write; default report.html or report.pdf in the result's folder.
    compare : an earlier result of the same movement.
    pdf : write pages instead of HTML.
    patient, complaint, adherence : as they are to be printed; empty = left out.
    pain : what the person says now, 0 to 10; None = left out.
    prescription : goal, plan and next review come from it; default: the one kept with the result, if there is one.
    blur_faces : hide the face in the pictures.

    Raises
    ------
    FormCheckError
        There is no such result, or the two are of different movements; nothing is written.
    """
    about = (patient, complaint, "" if pain is None else f"{require_pain(pain)} of {MOST_PAIN}", adherence)
    blocks, foot = _build(result, compare, about, prescription, FaceHider(result) if blur_faces else None)
    target = out or result / ("report.pdf" if pdf else "report.html")
    with write_one_file(target) as part:
        if pdf:
            part.write_bytes(write_pdf(blocks, title=REPORT_TITLE, paper=paper, foot=foot))
        else:
            part.write_text(write_html(blocks, title=REPORT_TITLE, paper=paper), "utf-8")
    return target


def require_pain(pain: int) -> int:
    """Return a number that can be pain; raise SourceError otherwise."""
    if not 0 <= pain <= MOST_PAIN:
        raise SourceError(f"expected pain from 0 to {MOST_PAIN}, got {pain}; ask again")
    return pain


def _build(
    result: Path,
    compare: Path | None,
    about: tuple[str, str, str, str],
    prescription: Prescription | None,
    hider: FaceHider | None,
) -> tuple[list[Block], str]:
    """Return the blocks, and who and when for the foot of each page."""
    patient, complaint, pain, adherence = about
    opened = open_shown(result)
    summary, movement = opened.shown, opened.movement
    prescription = prescription or opened.prescription
    before = None if compare is None else load_shown(compare)
    if before is not None and before.movement.id != summary.movement.id:
        came = f"{before.movement.id} and {summary.movement.id}"
        raise SourceError(
            f"expected two results of one movement, got {came}; compare like with like", about=result.name
        )
    details = ReportDetails(
        patient=patient or (prescription.patient if prescription else "–"),
        when=_format_check_day(summary.created_utc),
        recorded=_format_day(read_recording_day(result)),
        recorded_before="" if compare is None else _format_day(read_recording_day(compare)),
        complaint=complaint,
        pain=pain,
        goal=prescription.goal if prescription else "",
        plan=_describe_plan(prescription) if prescription else (),
        review_on=_format_day(prescription.review_on) if prescription else "",
        adherence=adherence,
        corrected_by=", ".join(dict.fromkeys(one.by for one in opened.corrections.list_active())),
        pictures=_take_pictures(result, opened, hider),
    )
    foot = f"{REPORT_TITLE} · {details.patient} · {details.when}"
    return build_report(summary, movement, details, before=before), foot


def _format_check_day(created_utc: str) -> str:
    try:
        return _format_day(datetime.fromisoformat(created_utc))
    except ValueError:
        return created_utc


def _format_day(day: date | None) -> str:
    return "" if day is None else day.strftime("%d %B %Y").lstrip("0")


def _describe_plan(prescription: Prescription) -> list[str]:
    lines, own = [f"{prescription.days_a_week} days a week."], load_own_movements().contents
    for one in prescription.movements:
        movement = find_movement(one.movement)
        if movement is None:  # its own file went this moment
            continue
        changes = "; ".join(describe_change(change, movement) for change in list_prescribed_changes(one, own))
        easier = " The easier way." if one.variant == "easier" else ""
        note = f" {one.note}" if one.note else ""
        lines.append(f"{movement.name}.{easier}{f' This patient: {changes}.' if changes else ''}{note}")
    return lines


def choose_key_moments(summary: RunSummary, movement: Movement) -> list[tuple[float, str]]:
    """Return the key moments, each with what it shows.

    They are the middle of the first hold, and the faults that matter most. Without either, they are notes, or the
    middle of the first repetition.
    """
    moments: list[tuple[float, str]] = []
    grave = _choose_faults([fault for fault in summary.faults if fault.severity != "info"])
    if not grave and all(one.hold_start_s is None for one in summary.repetitions):
        grave = summary.faults[:MOST_NOTES]
    for fault in grave:
        middle_s = (fault.from_s + fault.to_s) / 2
        moments.append((middle_s, f"{name_check(fault.id, movement).capitalize()}, at {format_clock(middle_s)}"))
    hold = next((one for one in summary.repetitions if one.hold_start_s is not None), None)
    if hold is not None and hold.hold_start_s is not None and hold.hold_end_s is not None:
        middle_s = (hold.hold_start_s + hold.hold_end_s) / 2
        if all(abs(middle_s - at_s) >= LEAST_APART_S for at_s, _ in moments):
            moments.append((middle_s, f"The hold, at {format_clock(middle_s)}"))
    if not moments and summary.repetitions:
        middle_s = (summary.repetitions[0].start_s + summary.repetitions[0].end_s) / 2
        moments.append((middle_s, f"A repetition, at {format_clock(middle_s)}"))
    return sorted(moments)[:MOST_PICTURES]


def _choose_faults(faults: Sequence[FaultRecord]) -> list[FaultRecord]:
    """Return the faults to show: each kind once, then again those that come first."""
    first = list({one.id: one for one in reversed(faults)}.values())
    others = [one for one in faults if all(one is not shown for shown in first)]
    return [*sorted(first, key=lambda one: one.from_s), *others][:MOST_PICTURES]


def _take_pictures(result: Path, opened: ShownResult, hider: FaceHider | None) -> list[tuple[bytes, str]]:
    """Return the pictures of the key moments, as the corrected poses have them.

    Where the poses were judged again, the body is drawn again on the recording without drawing. If that was not kept,
    the annotated recording is shown, and the captions say so. Without a film there are no pictures.
    """
    moments = _add_moved_joints(choose_key_moments(opened.shown, opened.movement), opened)
    active = opened.corrections.list_active()
    is_drawn_again = opened.judged is not opened.measured and (result / FILM).is_file()
    video = result / (FILM if is_drawn_again else ANNOTATED)
    if not video.is_file() or not moments:
        return []
    require_no_link(result, video)
    times_s = [time_s for time_s, _ in moments]
    steps: list[StepResult] = []
    if is_drawn_again:
        steps = find_corrected_steps(result, active, opened.measured, opened.movement, times_s)
    pictures: list[tuple[bytes, str]] = []
    rejected = [fault for fault in opened.judged.faults if fault not in opened.shown.faults]
    for number, (image, time_s) in enumerate(_grab_pictures(video, times_s)):
        caption, shown = moments[number][1], image
        if steps:
            shown = draw_overlay(image, steps[number], opened.movement)
            moved = [one for one in list_moved_joints(active) if abs(one.at_s - steps[number].pose.time_s) < REACH_S]
            names = list(dict.fromkeys(one.landmark for one in moved))
            ring_joints(shown, steps[number].pose, names)
            said = ", ".join(name.replace("_", " ") for name in names)
            caption += f". Ringed: {said}, put right by hand" if names else ""
        elif opened.judged is not opened.measured:
            caption += ". Drawn as measured, before the corrections"
        if any(fault.from_s <= time_s <= fault.to_s for fault in rejected):
            caption += ". Drawn before a fault was rejected"
        pictures.append((_encode_png(shown if hider is None else hider.hide(shown, time_s)), caption))
    return pictures


def _add_moved_joints(moments: list[tuple[float, str]], opened: ShownResult) -> list[tuple[float, str]]:
    """Add moments at which a joint was put right, if no picture is near."""
    found = list(moments)
    for one in list_moved_joints(opened.corrections.list_active()):
        if len(found) < MOST_PICTURES and all(abs(one.at_s - at_s) >= LEAST_APART_S for at_s, _ in found):
            found.append((one.at_s, f"A joint put right, at {format_clock(one.at_s)}"))
    return sorted(found)


def _grab_pictures(video: Path, times_s: Sequence[float]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Yield the first picture from each time on.

    A film that cannot be read to its end gives fewer.
    """
    number = 0
    try:
        with GuardedVideo(video, max_side_px=_REPORT_PICTURE_PX) as frames:
            for frame in frames:
                while number < len(times_s) and frame.time_s >= times_s[number]:
                    yield frame.image, frame.time_s
                    number += 1
                if number == len(times_s):
                    return
    except FormCheckError:
        return  # words and numbers are a report without pictures, too


def _encode_png(image: np.ndarray) -> bytes:
    import cv2

    done, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not done:
        raise SourceError("expected a picture of the recording, got one that cannot be written")
    return bytes(data.tobytes())

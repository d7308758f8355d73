"""The first half of the review page: which recording, which movement, which side."""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from pathlib import Path, PureWindowsPath
from typing import Any

import streamlit as st

from formcheck.core.errors import FormCheckError
from formcheck.core.movement import Movement, catalogue, load_movement
from formcheck.sources.pose_bundle import read_manifest

from .jobs import BOOK, Progress
from .results import delete_results, find_result, list_results, new_result, result_key, stored_bytes
from .samples import Sample, list_samples
from .verdict_words import NOT_MEDICAL

log = logging.getLogger(__name__)

POSE_MODEL = "full"
SUFFIXES = ("mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "3gp", "gif", "jpg", "jpeg", "png")
_SIDES = {"auto": "Find out", "left": "Left", "right": "Right"}
_EARLIER_SHOWN = 6


def show_choice(message: str = "") -> None:
    """Show what can be chosen; starts the check when asked to."""
    st.html('<h1 class="fc">Review a recording</h1>')
    if message:
        st.info(message)
    left, right = st.columns([3, 2], gap="large")
    with left:
        recording = _choose_recording()
        movement = _choose_movement(recording)
        side = _choose_side(movement)
        ready = recording is not None and movement is not None
        asked = st.button("Check this recording", type="primary", disabled=not ready, key="check")
        if asked and recording is not None and movement is not None:
            _start(recording, movement, side)
    with right:
        _show_earlier()
    st.caption(NOT_MEDICAL)


def _choose_recording() -> Sample | Any | None:
    """Return the uploaded file or the sample; what was dropped wins over what was picked."""
    dropped = st.file_uploader(
        "Drop a recording: a video, or a photograph of a posture",
        type=list(SUFFIXES),
        key="dropped",
    )
    st.caption("It stays on this machine. The copy made for the check is deleted when the check ends.")
    samples = list_samples()
    if not samples or dropped is not None:
        return dropped
    picked = st.selectbox(
        "Or try a sample",
        samples,
        index=None,
        format_func=lambda sample: sample.title,
        placeholder="Choose a sample",
        key="sample",
    )
    if picked is not None and picked.shows:
        st.caption(picked.shows)
    return picked


def _choose_movement(recording: Sample | Any | None) -> Movement | None:
    """Return the movement; a sample brings its own."""
    movements = load_all_movements()
    known = list(movements)
    suggested = recording.movement if isinstance(recording, Sample) else None
    if suggested and st.session_state.get("suggested") != recording:
        st.session_state["suggested"], st.session_state["movement"] = recording, suggested
    chosen = st.selectbox(
        "Movement",
        known,
        index=None,
        format_func=lambda movement_id: movements[movement_id].name,
        placeholder="Which movement is it?",
        key="movement",
    )
    if chosen is None:
        return None
    movement = movements[chosen]
    st.caption(movement.view.text)
    return movement


def load_all_movements() -> dict[str, Movement]:
    """Return id -> movement for the whole catalogue, sorted by name; a broken file costs only its own movement."""
    found = []
    for movement_id in catalogue():
        try:
            found.append(load_movement(movement_id))
        except FormCheckError as error:
            log.warning("left out of the choice: %s", error)
    return {movement.id: movement for movement in sorted(found, key=lambda movement: movement.name)}


def _choose_side(movement: Movement | None) -> str:
    if movement is None or not movement.two_sided:
        return "auto"
    side = st.segmented_control(
        "Side that works",
        list(_SIDES),
        default="auto",
        format_func=lambda side: _SIDES[side],
        key="side",
    )
    return str(side or "auto")


# Starting -----------------------------------------------------------------------------------------------------------


def _start(recording: Sample | Any, movement: Movement, side: str) -> None:
    """Begin the check, unless its result is there already, and turn the page to it."""
    if isinstance(recording, Sample):
        name, stream = recording.path.name, io.BytesIO(recording.path.read_bytes())
    else:
        name, stream = recording.name, recording
    model = read_manifest()[POSE_MODEL]["sha256"] or ""
    key = result_key(
        recording_sha256=hashlib.sha256(stream.getbuffer()).hexdigest(),
        movement_sha256=movement.sha256,
        model_sha256=model,
        side=side,
    )
    BOOK.start(key, name, check_work(key, name, stream, movement, side))
    st.query_params["result"] = key
    st.rerun()


def check_work(key: str, name: str, stream: io.BytesIO, movement: Movement, side: str) -> Callable[[Progress], None]:
    """Return the work of one check: a copy of the recording in, a stored result out, the copy deleted."""

    def work(progress: Progress) -> None:
        from .check import check_recording

        if find_result(key) is not None:
            return
        with (
            tempfile.TemporaryDirectory(prefix="formcheck-") as private,
            new_result(key, recording=name, movement=movement.name) as folder,
        ):
            copy = Path(private) / plain_file_name(name)
            # The buffer has no position, so two checks of one upload cannot disturb each other.
            copy.write_bytes(stream.getbuffer())
            try:
                check_recording(
                    copy,
                    movement=movement.id,
                    side=side,
                    pose_model=POSE_MODEL,
                    out=folder,
                    annotate=True,
                    progress=progress,
                )
            except FormCheckError as error:
                # The person knows the name of the file, not that of our copy.
                raise type(error)(str(error).replace(str(copy), name).replace(copy.name, name)) from error

    return work


def plain_file_name(name: str) -> str:
    """Return the name of a recording as a name that every system takes and that leads nowhere else.

    Examples
    --------
    >>> plain_file_name("../Übung 1.MP4"), plain_file_name("...")
    ('Übung 1.mp4', 'recording')
    """
    path = PureWindowsPath(name)  # it takes both kinds of slashes for what they are
    stem = "".join(letter for letter in path.stem if letter.isalnum() or letter in " -_()").strip()[:80]
    suffix = path.suffix.lower()
    return f"{stem or 'recording'}{suffix if suffix.removeprefix('.') in SUFFIXES else ''}"


# What is stored -----------------------------------------------------------------------------------------------------


def _show_earlier() -> None:
    """Show what is stored on this machine, and how to be rid of it."""
    st.html('<h2 class="fc">Stored on this machine</h2>')
    results = list_results()
    if not results:
        st.caption("Nothing yet. Results will be listed here, and nowhere else.")
        return
    for result in results[:_EARLIER_SHOWN]:
        st.html(
            f'<p class="fc-line"><a href="?result={result.key}" target="_self">{escape(result.recording)}</a> '
            f'<span class="fc-soft">{escape(result.movement)}, {_day(result.created_s)}</span></p>'
        )
    if len(results) > _EARLIER_SHOWN:
        st.caption(f"and {len(results) - _EARLIER_SHOWN} older")
    _offer_deletion(len(results))


def _day(created_s: float) -> str:
    """Return when a result was made, on the clock of the machine."""
    return datetime.fromtimestamp(created_s, UTC).astimezone().strftime("%d %b %H:%M").removeprefix("0")


def _offer_deletion(count: int) -> None:
    size = stored_bytes() / 1e6
    what = "1 result" if count == 1 else f"{count} results"
    with st.popover(f"Delete what is stored ({what}, {size:.0f} MB)"):
        st.write("This deletes the results listed here, for everyone who uses this machine’s formcheck. "
                 "Your recordings stay where they are.")  # fmt: skip
        if st.button("Delete now", type="primary", key="delete"):
            delete_results()
            st.rerun()


__all__ = ["check_work", "load_all_movements", "show_choice"]

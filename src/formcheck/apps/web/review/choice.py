"""Show the first half of the review page: choose recording, movement and side."""

from __future__ import annotations

import base64
import logging
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import cv2
import streamlit as st

from formcheck.core.errors import FormCheckError
from formcheck.core.movement.load import load_unrecognised
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.own_movements import REFUSED_SHOWN, load_own_movements, name_with_origin
from formcheck.drivers.results_store import (
    StoredResult,
    count_stored_bytes,
    delete_results,
    list_results,
)
from formcheck.drivers.samples import Sample, list_samples
from formcheck.sources.video import hash_recording, open_video

from .checks import CheckRequest, date_upload, load_all_movements, start_check
from .result_routes import FOLDER_PATH, PATIENTS_PATH
from .uploads import MOST_DURATION_S, MOST_UPLOAD_BYTES, UPLOAD_PATH, UPLOAD_SUFFIXES, UPLOADS

_PICTURE_SIDE_PX = 320
"""A card is about 230 px wide; a little more for screens with dense pixels. A picture then takes about 8 kB."""
_JPEG_QUALITY = 82


def show_samples(samples: list[Sample]) -> Sample | None:
    """Show a card for each sample; return the one whose button was pressed."""
    drawn = " The people are computer drawings, not real people." if all(one.is_drawn for one in samples) else ""
    st.html(
        '<h2 class="fc">No video ready? Try one of these</h2>'
        f'<p class="fc-line fc-soft">One click starts the check.{drawn}</p>'
    )
    pressed = None
    with st.container(key="samples"):
        for sample in samples:
            with st.container(key=f"sample-{sample.path.stem}", border=True):
                st.html(_show_sample_card(sample))
                # The title is for screen readers; it is hidden on the screen, where it is right above.
                label = f"Try this *sample: {_escape_markdown(sample.title)}*"
                if st.button(label, key=f"try-{sample.path.stem}", width="stretch"):
                    pressed = sample
    return pressed


def _show_sample_card(sample: Sample) -> str:
    changed_ns = sample.path.stat().st_mtime_ns if sample.path.is_file() else 0
    jpeg = cut_middle_picture(str(sample.path), changed_ns)
    picture = f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">' if jpeg else ""
    return (
        f'<div class="fc-card"><div class="fc-still">{picture}</div><h3>{escape(sample.title)}</h3>'
        f"<p>{escape(sample.shows)}</p></div>"
    )


@st.cache_data(show_spinner=False, max_entries=100)
def cut_middle_picture(path: str, changed_ns: int) -> bytes:
    """Return a small JPEG from the middle of a recording, empty if unreadable.

    It is cached in memory.

    Parameters
    ----------
    path : the recording.
    changed_ns : when the file last changed: a new recording under an old name gets a new picture.
    """
    del changed_ns  # part of the cache key
    try:
        with open_video(Path(path), fps=2, max_side_px=_PICTURE_SIDE_PX) as video:
            # Two pictures a second are enough to reach the middle; few frames are then converted to colours.
            for frame in video:
                if frame.time_s >= video.info.duration_s / 2:
                    break
    except FormCheckError as error:
        log.warning("a sample without a picture: %s", error)
        return b""
    settings = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), settings)
    return jpeg.tobytes() if done else b""


def _escape_markdown(text: str) -> str:
    r"""Return text that Markdown does not format.

    Examples
    --------
    >>> print(_escape_markdown("Cat-cow, *slow*"))
    Cat-cow, \*slow\*
    """
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+!|$~:^" else letter for letter in text)


log = logging.getLogger(__name__)

_REVIEW_FOLDER = Path(__file__).parent
_uploader_component = st.components.v2.component(
    "formcheck_review_uploader",
    html=(_REVIEW_FOLDER / "uploader.html").read_text(encoding="utf-8"),
    css=(_REVIEW_FOLDER / "uploader.css").read_text(encoding="utf-8"),
    js=(_REVIEW_FOLDER / "uploader.js").read_text(encoding="utf-8"),
)
_SIDE_LABELS = {"auto": "Find out", "left": "Left", "right": "Right"}
_FIND_OUT = "Find out which one it is"
_FINDING_OUT = "formcheck looks for every movement in the recording, and says where it is not sure."
_EARLIER_SHOWN = 6
_WELCOME = """<h1 class="fc">Review a recording</h1>
<p class="fc-lead">Drop a video of a stretch filmed from the side: see what was good, what was not, when, and what could
not be seen.</p>
<p class="fc-line fc-soft">Film it side-on, with the whole body in the picture and a quiet second at the start.</p>"""


def show_choice(message: str = "") -> None:
    """Show what can be chosen; start the check on request."""
    movements = load_all_movements()
    preset = movements.get(st.query_params.get("movement", ""))
    _welcome(message, preset)
    results = list_results()
    # A first-time visitor sees what can be done, not an empty list.
    left, right = st.columns([3, 2], gap="large") if results else (st.container(), None)
    with left:
        dropped = _choose_recording()
        if dropped is not None:
            _offer_check(dropped, movements, preset)
    if right is not None:
        with right:
            _show_earlier(results)
    samples = _choose_samples(movements, preset)
    if samples and dropped is None:
        pressed = show_samples(samples)
        if pressed is not None:
            sha256 = hash_recording((pressed.path,), with_names=False)
            wanted = CheckRequest(pressed.path.name, pressed.path, movements[pressed.movement])
            _open_progress(start_check(wanted, sha256))
    if not results:
        _show_earlier(results)
    st.caption(NOT_MEDICAL)


def _welcome(message: str, preset: Movement | None) -> None:
    """Show what this page is for, and the movement it was opened with."""
    st.html(_WELCOME)
    if preset:
        st.html(
            f'<p class="fc-lead" role="status"><b>{escape(preset.name)}</b> is chosen. {escape(preset.view.text)} '
            "Drop your recording here.</p>"
        )
    if message:
        st.info(message)


def _choose_samples(movements: dict[str, Movement], preset: Movement | None) -> list[Sample]:
    """Return the samples to try: those of the page's movement, if it has any."""
    samples = [sample for sample in list_samples() if sample.movement in movements]
    return [sample for sample in samples if preset and sample.movement == preset.id] or samples


def _choose_recording() -> str | None:
    """Return the name of the uploaded recording, None if there is none."""
    chosen = show_uploader(f"upload-{st.session_state.get('uploads', 0)}")
    st.caption("It stays on this machine. The copy made for the check is deleted when the check ends.")
    several = f'<a href="{FOLDER_PATH}" target="_self">A folder, or several recordings at once</a>'
    patients = f'<a href="{PATIENTS_PATH}" target="_self">Patients: a folder for each</a>'
    st.html(f'<p class="fc-line">{several} · {patients}</p>')
    return chosen if chosen and UPLOADS.find(chosen) is not None else None


def show_uploader(key: str) -> str:
    """Show the field that takes a recording; return the name under which it is kept.

    Empty if none came.
    """
    data = {
        "url": UPLOAD_PATH,
        "suffixes": UPLOAD_SUFFIXES,
        "most_bytes": MOST_UPLOAD_BYTES,
        "most_minutes": round(MOST_DURATION_S / 60),
    }
    shown = _uploader_component(key=key, data=data, default={"uploaded": ""}, on_uploaded_change=lambda: None)
    return str(shown.uploaded or "")


def _offer_check(upload: str, movements: dict[str, Movement], preset: Movement | None) -> None:
    """Ask what the recording shows, and start the check on request."""
    movement = _choose_movement(movements, preset)
    side = _choose_side(movement)
    if st.button("Check this recording", type="primary", key="check"):
        _start_upload(upload, movement, side)


def _choose_movement(movements: dict[str, Movement], preset: Movement | None) -> Movement:
    """Return the chosen movement.

    At first it is the one with which the page was opened, else automatic recognition.
    """
    find_out = load_unrecognised()
    choices = {find_out.id: find_out, **movements}
    chosen = st.selectbox(
        "Movement",
        list(choices),
        index=list(choices).index(preset.id) if preset else 0,
        format_func=lambda movement_id: (
            _FIND_OUT if movement_id == find_out.id else name_with_origin(choices[movement_id])
        ),
        key="movement",
    )
    st.caption(_FINDING_OUT if chosen == find_out.id else choices[chosen].view.text)
    for line in load_own_movements().list_refused_lines()[:REFUSED_SHOWN]:
        st.html(f'<p class="fc-line fc-soft">{escape(line)}</p>')
    return choices[chosen]


def _choose_side(movement: Movement) -> str:
    if not movement.two_sided:
        return "auto"
    side = st.segmented_control(
        "Side that works",
        list(_SIDE_LABELS),
        default="auto",
        format_func=lambda side: _SIDE_LABELS[side],
        key="side",
    )
    return str(side or "auto")


# Starting -----------------------------------------------------------------------------------------------------------


def _start_upload(key: str, movement: Movement, side: str) -> None:
    """Begin the check of an uploaded recording; its copy is deleted when the check ends."""
    upload = UPLOADS.claim(key)
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1  # an empty uploader next time
    if upload is None:  # another tab was quicker
        st.rerun()
    recorded = date_upload(upload, None)
    wanted = CheckRequest(upload.name, upload.path, movement, side, recorded=recorded)
    _open_progress(start_check(wanted, upload.sha256, after=upload.delete))


def _open_progress(key: str) -> None:
    """Show the check that has begun."""
    st.query_params["result"] = key
    st.rerun()


# Stored results -----------------------------------------------------------------------------------------------------


def _show_earlier(results: list[StoredResult]) -> None:
    """Show the results stored on this machine, and how to delete them."""
    st.html('<h2 class="fc">Stored on this machine</h2>')
    if not results:
        st.caption("Nothing yet. Results will be listed here, and nowhere else.")
        return
    for result in results[:_EARLIER_SHOWN]:
        made = datetime.fromtimestamp(result.created_s, UTC).astimezone()  # in local time
        day = made.strftime("%d %b %H:%M").removeprefix("0")
        st.html(
            f'<p class="fc-line"><a href="?result={result.key}" target="_self">{escape(result.recording)}</a> '
            f'<span class="fc-soft">{escape(result.movement)}, {day}</span></p>'
        )
    if len(results) > _EARLIER_SHOWN:
        more = f"All {len(results)}, by the day of the recording"
        st.html(f'<p class="fc-line"><a href="{FOLDER_PATH}#stored" target="_self">{more}</a></p>')
    _offer_deletion(len(results))


def _offer_deletion(count: int) -> None:
    size = count_stored_bytes() / 1e6
    what = "1 result" if count == 1 else f"{count} results"
    with st.popover(f"Delete what is stored ({what}, {size:.0f} MB)"):
        st.write("This deletes the results listed here. Your recordings stay where they are.")  # fmt: skip
        if st.button("Delete now", type="primary", key="delete"):
            delete_results()
            st.rerun()

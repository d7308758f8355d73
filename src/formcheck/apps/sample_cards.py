"""The samples on the first page: one card each, one click to see it checked."""

from __future__ import annotations

import base64
import logging
from html import escape
from pathlib import Path

import cv2
import streamlit as st

from formcheck.core.errors import FormCheckError
from formcheck.sources.video import open_video

from .samples import Sample

log = logging.getLogger(__name__)

_PICTURE_SIDE_PX = 320
"""A card is about 230 px wide; a little more for screens with dense pixels. A picture then takes about 8 kB."""
_JPEG_QUALITY = 82


def show_samples(samples: list[Sample]) -> Sample | None:
    """Show a card for each sample; return the one whose button was pressed."""
    drawn = " The people are drawn by computer; nobody was filmed." if all(one.is_drawn for one in samples) else ""
    st.html(
        '<h2 class="fc">No video at hand? Try one of these</h2>'
        f'<p class="fc-line fc-soft">One click starts the check.{drawn}</p>'
    )
    pressed = None
    with st.container(key="samples"):
        for sample in samples:
            with st.container(key=f"sample-{sample.path.stem}", border=True):
                st.html(_card(sample))
                # The title is there for the ear and hidden from the eye, which has it right above.
                label = f"Try this *sample: {_plain(sample.title)}*"
                if st.button(label, key=f"try-{sample.path.stem}", width="stretch"):
                    pressed = sample
    return pressed


def _card(sample: Sample) -> str:
    changed_ns = sample.path.stat().st_mtime_ns if sample.path.is_file() else 0
    jpeg = middle_picture(str(sample.path), changed_ns)
    picture = f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">' if jpeg else ""
    return (
        f'<div class="fc-card"><div class="fc-still">{picture}</div><h3>{escape(sample.title)}</h3>'
        f"<p>{escape(sample.shows)}</p></div>"
    )


@st.cache_data(show_spinner=False, max_entries=100)
def middle_picture(path: str, changed_ns: int) -> bytes:
    """Return a small JPEG from the middle of a recording, empty where it cannot be read; kept in memory.

    Parameters
    ----------
    path : the recording.
    changed_ns : when the file last changed: a new recording under an old name gets a new picture.
    """
    del changed_ns  # part of the name under which the picture is kept
    try:
        with open_video(Path(path), fps=2, max_side_px=_PICTURE_SIDE_PX) as video:
            # At two pictures a second, so that few are turned into colours on the way to the middle.
            for frame in video:
                if frame.time_s >= video.info.duration_s / 2:
                    break
    except FormCheckError as error:
        log.warning("a sample without a picture: %s", error)
        return b""
    settings = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), settings)
    return jpeg.tobytes() if done else b""


def _plain(text: str) -> str:
    r"""Return text whose letters Markdown leaves alone.

    Examples
    --------
    >>> print(_plain("Cat-cow, *slow*"))
    Cat-cow, \*slow\*
    """
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+!|$~:^" else letter for letter in text)

"""Show the review page: one recording, and where, when and why.

The address of the page names the result, so that reloading or coming back finds it again.
"""

from __future__ import annotations

import secrets
from html import escape

import streamlit as st

from formcheck.apps.web.jobs import BOOK, CheckJob
from formcheck.core.display import STATE_STYLES
from formcheck.drivers.live.recorder import find_recording_stage
from formcheck.drivers.results_store import KEY, find_result
from formcheck.drivers.user_data import find_person_key

from .checks import explain_failure
from .choice import show_choice
from .result import show_result


def show_review() -> None:
    """Show the page: choose, wait or read."""
    key = st.query_params.get("result", "")
    # The job first: when it says "finished", the result is there, unless it was deleted in the meantime.
    job = BOOK.find(key, name_visitor()) if KEY.fullmatch(key) else None
    result = find_result(key)
    if result is not None and result.person != find_person_key():
        result = None
    stage = find_recording_stage(key)
    if result is not None:
        BOOK.forget(key)
        if stage == "drawing":
            _wait_for_the_video(key)
        show_result(result)
        return
    if stage is not None:
        _show_set_under_way(key)
        return
    if job is None or job.state in {"stopped", "finished"}:
        BOOK.forget(key)
        show_choice("" if not key else "That result is no longer stored here. Choose a recording again.")
    elif job.state == "failed":
        _show_failure(job)
        show_choice()
    else:
        _show_progress(key)


@st.fragment(run_every=2.0)
def _wait_for_the_video(key: str) -> None:
    """Say that the video of a practised set follows; show it when it is there."""
    if find_recording_stage(key) != "drawing":
        st.rerun(scope="app")
    st.info("The video of this set is still being made. It appears here by itself.")


@st.fragment(run_every=2.0)
def _show_set_under_way(key: str) -> None:
    """Wait for the result of a practised set, or say that it has to wait."""
    stage = find_recording_stage(key)
    if stage == "failed":
        st.warning("This set could not be put together now. Make some room on the disk; the next start of formcheck "
                   "tries again.")  # fmt: skip
        return
    if stage is None or find_result(key) is not None:
        st.rerun(scope="app")
    st.info("Your set is being put together. This takes a moment; it appears here by itself.")


def name_visitor() -> str:
    """Return the name of this browser tab, for as long as it is open."""
    name: str = st.session_state.setdefault("visitor", secrets.token_hex(8))
    return name


@st.fragment(run_every=1.0)
def _show_progress(key: str) -> None:
    """Show the progress of the check; look again every second."""
    job = BOOK.find(key, name_visitor())
    if job is None or job.over:
        st.rerun(scope="app")
    st.html(f'<h1 class="fc">Checking {escape(job.label)}</h1>')
    st.progress(_measure_progress(job), text=_describe_progress(job))
    left, _ = st.columns([1, 4])
    if left.button("Cancel", key="cancel", help="Nothing from this check is stored."):
        BOOK.leave(key, name_visitor())
        st.query_params.clear()
        st.rerun(scope="app")
    st.caption("You may leave this page. The result is stored on this machine, and you can open it at this address.")


def _measure_progress(job: CheckJob) -> float:
    """Return the finished share of the work, 0 to 1; drawing is about 0.2."""
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    return 0.8 + 0.2 * share if job.again else 0.8 * share


def _describe_progress(job: CheckJob) -> str:
    if job.state == "waiting":
        return "Other recordings are checked first. This one is waiting."
    if not job.total:
        return "Opening the recording and the pose model. The first time this takes a minute."
    left_s = job.left_s
    if left_s is None:
        left = ""
    elif left_s < 60:
        left = f" About {max(round(left_s / 5) * 5, 5)} seconds left."
    else:
        left = f" About {round(left_s / 60)} min left."
    doing = "Drawing on picture" if job.again else "Measuring picture"
    return f"{doing} {job.done} of {job.total}.{left}"


def _show_failure(job: CheckJob) -> None:
    """Show what happened, what it means and what to do."""
    BOOK.forget(job.key)
    st.query_params.clear()
    look = STATE_STYLES["fix"]
    what, todo = explain_failure(job.error)
    st.html(
        f'<div class="fc-verdict" role="alert"><div class="fc-headline"><span class="fc-chip fc-fix">{look.icon}</span>'
        f"{escape(job.label)} could not be checked</div>"
        f'<p class="fc-why">{escape(what)}</p>'
        f'<p class="fc-line">Nothing was stored, and your recording is unchanged. {escape(todo)}</p></div>'
    )

"""Inputs that lie next to the checkout: each is judged as its list says. Skipped where they are absent."""

from __future__ import annotations

import json
import re

import pytest

from formcheck.core.errors import SourceError
from formcheck.drivers.recording.check import check_recording

from ...conftest import SHARED

CASES = SHARED / "cases"
LISTED = json.loads((CASES / "cases.json").read_text()) if (CASES / "cases.json").is_file() else {}
MOVEMENT = "hamstring_hinge_standing"

pytestmark = pytest.mark.skipif(not LISTED, reason="../shared/cases is not here")


def answer(path):
    """The summary, or None and the text of the refusal."""
    try:
        return check_recording(path, movement=MOVEMENT), ""
    except SourceError as error:
        return None, str(error)


@pytest.mark.parametrize("name", LISTED)
def test_a_case_is_judged_right_or_refused_for_its_cause(name):
    ways, words = LISTED[name]
    summary, refusal = answer(CASES / name)
    if summary is None:
        assert "refuse" in ways
        assert "\n" not in refusal
        assert re.search(words, refusal)
        return
    assert "read" in ways
    assert (summary.verdict, summary.view.near, len(summary.repetitions)) == ("warn", "left", 1)
    (knee,) = (fault.value for fault in summary.faults if fault.id == "stretch_knee_bent")
    assert knee == pytest.approx(138, abs=6)
    if "frame_and_empty" not in name:  # its rate is not known there
        assert summary.repetitions[0].valid_hold_s == pytest.approx(4.33, abs=0.3)


@pytest.mark.parametrize(
    ("name", "duration_s", "fps", "frames"),
    [
        ("16_picture_size_changes/phone_turned.ts", 10.2, 15, 153), ("17_slow_motion_tag/slow.mp4", 10.2, 20, 204),
        ("18_avi_600fps/rpi.avi", 3.0, 15, 45),
    ],
)  # fmt: skip
def test_a_recording_of_the_wild_has_its_own_length_and_rate(name, duration_s, fps, frames):
    from formcheck.sources.video import open_video

    with open_video(CASES / name) as video:
        info = video.info
        assert info.duration_s == pytest.approx(duration_s, abs=0.1)
        assert info.fps == pytest.approx(fps, rel=0.01)
        assert info.frames == frames

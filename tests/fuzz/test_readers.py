"""Random cases for each reader, and the hostile inputs beside the checkout.

CI runs a few cases of each reader: a case takes 1 to 50 ms, and the whole folder about a minute on a slow core.
FORMCHECK_FUZZ sets how many times as many; `python -m tests.fuzz` runs them all and counts them.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .hostile import FOLDER, list_commands, list_inputs, walk_into_traps
from .readers import READERS, Outcome, run_case
from .traps import TRAPS

TIMES = float(os.environ.get("FORMCHECK_FUZZ", "1"))
FEW = {
    "results": 100,
    "openpose": 150,
    "landmark_csv": 150,
    "kept_result": 300,
    "movement": 300,
    "prescription": 300,
    "video": 150,
}
"""Cases of readers that take longest; the others run `USUAL`."""
USUAL = 500
SOME_TRAPS = (
    "y4m_many", "sparse_frame", "text_export", "pipe_sidecar", "pipe_batch_sidecar", "pipe_pictures", "pipe_frames",
    "onto_a_pipe", "results_are_links", "toml_depth",
)  # fmt: skip
"""One of each kind; `python -m tests.fuzz.hostile` walks into all."""


@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_or_refuses_in_one_line(name):
    seen = set()

    @settings(
        max_examples=round(TIMES * FEW.get(name, USUAL)), deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.integers(0, 2**32))
    def try_seed(seed):
        seen.add(run_case(name, seed))

    try_seed()
    assert Outcome.READ in seen, "no case was read: nothing behind the first check was tried"


@pytest.mark.parametrize("place", list_inputs(), ids=lambda place: place.relative_to(FOLDER).as_posix())
def test_hostile_input_is_read_or_refused_in_one_line(formcheck, place, tmp_path):
    """What it costs is measured by `python -m tests.fuzz.hostile`, in a process of its own."""
    for words in list_commands(place, tmp_path, whole=False):
        code, _, said = formcheck(*words)
        assert code in (0, 2), said
        assert code == 0 or (said.startswith("formcheck: ") and said.count("\n") == 1), said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names")
@pytest.mark.parametrize("name", SOME_TRAPS)
def test_trap_is_read_or_refused_in_one_line_and_cheaply(name):
    assert name in TRAPS
    ((_, ending),) = walk_into_traps([name])
    assert ending.is_good, ending

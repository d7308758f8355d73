"""The clips of a rendered set: found with their truth, checked, scored. Worker processes import this file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

import formcheck as fc

from .back import BackCourse, back_course
from .score import Clip, recognition, score, unscored

NEEDED = ("movement", "camera", "faults", "repetitions", "frames")
"""What a sidecar must hold to be a truth."""
FOR_NOBODY = "hamstring_hinge_standing"
"""What an empty room is compared with."""


class SetError(Exception):
    """A set of clips that cannot be scored, with every problem."""


@dataclass(frozen=True, slots=True)
class Task:
    """One clip to check.

    Parameters
    ----------
    kept : folder for its results; empty = they are not kept.
    track : a saved pose track to judge instead of the recording; empty = the recording.
    auto : also let the movement be recognised.
    """

    clip: str
    kept: str = ""
    track: str = ""
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One clip scored, and what it was checked with."""

    clip: Clip
    formcheck_version: str = ""
    model: str = ""
    created_utc: str = ""
    back: BackCourse | None = None


# Finding --------------------------------------------------------------------------------------------------------------


def find_clips(folder: Path, only: Sequence[str] = ()) -> tuple[list[Path], list[str]]:
    """Return the clips of a folder with a truth next to them, and notes on those without; SetError if none is left.

    Parameters
    ----------
    only : parts of names; empty = all clips.
    """
    if not folder.is_dir():
        came = "a file" if folder.exists() else "no folder of that name"
        raise SetError(
            f"{folder.name}: expected a folder of *.mp4 with their truth (*.json), got {came}; check the path"
        )
    wanted = [clip for clip in sorted(folder.glob("*.mp4")) if not only or any(part in clip.stem for part in only)]
    clips = [clip for clip in wanted if clip.with_suffix(".json").is_file()]
    notes = [f"{clip.name}: no {clip.stem}.json next to it; not scored" for clip in wanted if clip not in clips]
    if not clips:
        came = f"{len(wanted)} *.mp4, none of them with a *.json of its name" if wanted else "no *.mp4"
        if only and not wanted:
            came = f"none whose name contains {' or '.join(only)}"
        raise SetError(
            f"{folder.name}: expected clips with their truth, got {came}; render a set, or name another folder"
        )
    problems = [problem for clip in clips if (problem := what_is_wrong(clip.with_suffix(".json")))]
    if problems:
        raise SetError("\n".join(problems))
    return clips, notes


def what_is_wrong(sidecar: Path) -> str:
    """Return why a sidecar cannot be used as truth; empty if it can."""
    mend = "render the clip again, or move it out of the set"
    try:
        truth = json.loads(sidecar.read_text("utf-8"))
    except (OSError, ValueError) as error:
        return f"{sidecar.name}: expected a truth in JSON, got {type(error).__name__}: {error}; {mend}"
    if not isinstance(truth, dict):
        return f"{sidecar.name}: expected a table of truth, got {type(truth).__name__}; {mend}"
    missing = [key for key in NEEDED if key not in truth]
    if not missing and not (isinstance(truth["frames"], dict) and truth["frames"].get("time_s")):
        missing = ["frames.time_s"]
    if not missing and any(not {"id", "from_s", "to_s"} <= fault.keys() for fault in truth["faults"]):
        missing = ["id, from_s or to_s of a fault"]
    return f"{sidecar.name}: expected {', '.join(NEEDED)}, got no {', no '.join(missing)}; {mend}" if missing else ""


# Checking -------------------------------------------------------------------------------------------------------------


def check_all(tasks: Sequence[Task], workers: int) -> Iterator[Done]:
    """Yield each clip scored, in the order of the tasks; one worker = in this process."""
    if workers == 1:
        yield from map(check_clip, tasks)
        return
    # a forked process would share the threads of what is already loaded here
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(check_clip, tasks)


def check_clip(task: Task) -> Done:
    """Return one clip checked and scored; a clip that formcheck refuses has a problem."""
    clip = Path(task.clip)
    truth = json.loads(clip.with_suffix(".json").read_text("utf-8"))
    side = truth.get("side") if truth.get("side") in ("left", "right") else "auto"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(task.kept or folder) / ("" if task.kept else clip.stem)
        try:
            summary = fc.check(task.track or clip, movement=truth["movement"] or FOR_NOBODY, side=side, out=out)
        except fc.FormCheckError as error:
            return Done(unscored(clip.stem, truth, " ".join(str(error).split())))
        frames = pd.read_parquet(out / "frames.parquet")
        scored = score(clip.stem, truth, summary.model_dump(mode="json"), frames)
        named = _recognise(truth, out / "poses.parquet") if task.auto else ""
    return Done(
        replace(scored, recognised=named),
        summary.formcheck_version,
        f"{summary.model.name} {summary.model.sha256[:12]}",
        summary.created_utc,
        back_course(truth, scored.setting, frames),
    )


def _recognise(truth: Mapping[str, Any], track: Path) -> str:
    """Whether `--movement auto` names the movement, from the poses already found."""
    try:
        return recognition(truth, fc.check(track, movement="auto").model_dump(mode="json"))
    except fc.FormCheckError:
        return recognition(truth, {})

"""Show the player: the annotated recording with a timeline for mouse and keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from formcheck.apps.theme import STATE_WORDS
from formcheck.core.display import STATE_STYLES
from formcheck.core.summary.phrases import Fault, is_still
from formcheck.core.summary.schema import RepetitionRecord, RunSummary

_PLAYER_FOLDER = Path(__file__).parent
_SHORTEST_S = 0.25

_player_component = st.components.v2.component(
    "formcheck_review_player",
    html=(_PLAYER_FOLDER / "player.html").read_text(encoding="utf-8"),
    css=(_PLAYER_FOLDER / "player.css").read_text(encoding="utf-8"),
    js=(_PLAYER_FOLDER / "player.js").read_text(encoding="utf-8"),
)


def show_player(key: str, data: Mapping[str, Any]) -> None:
    """Show the player; see `collect_player_data`."""
    _player_component(key=f"player-{key}", data=dict(data))


def collect_player_data(
    *,
    video_url: str,
    summary: RunSummary,
    phases: list[dict[str, Any]],
    faults: list[Fault],
    pauses: Mapping[str, str],
) -> dict[str, Any]:
    """Return the data of the player.

    Parameters
    ----------
    video_url : address of the annotated recording; empty if there is none.
    phases : see `split_phases`.
    faults : the marks, in order of time.
    pauses : reason for a stop of the hold clock -> its name in words.
    """
    source = summary.source
    ends = [part["to_s"] for part in phases] + [fault.to_s for fault in faults]
    return {
        "video_url": video_url,
        "width": source.width or 4,
        "height": source.height or 3,
        "still": is_still(summary),
        "nothing": _describe_nothing(str(summary.verdict)),
        "duration_s": max([float(source.duration_s or 0), *ends, 0.1]),
        "phases": phases,
        "holds": hold_parts(summary.repetitions, pauses),
        "faults": [
            {
                "row": row,
                "state": fault.state,
                "icon": STATE_STYLES[fault.state].icon,
                "word": STATE_WORDS[fault.state],
                "name": fault.name,
                "cue": fault.cue,
                "detail": fault.detail,
                "from_s": fault.from_s,
                "to_s": max(fault.to_s, fault.from_s + _SHORTEST_S),
            }
            for fault, row in zip(faults, _assign_rows(faults), strict=True)
        ],
    }


def split_phases(times_s: Iterable[float], names: Iterable[object]) -> list[dict[str, Any]]:
    """Return the stretches of time in which one phase lasts.

    Examples
    --------
    >>> split_phases([0.0, 0.5, 1.0], ["setup", "hold", "hold"])
    [{'name': 'setup', 'from_s': 0.0, 'to_s': 0.5}, {'name': 'hold', 'from_s': 0.5, 'to_s': 1.0}]
    """
    parts: list[dict[str, Any]] = []
    for time_s, name in zip(times_s, names, strict=True):
        word = name if isinstance(name, str) and name else "absent"
        if parts:
            parts[-1]["to_s"] = float(time_s)
        if not parts or parts[-1]["name"] != word:
            parts.append({"name": word, "from_s": float(time_s), "to_s": float(time_s)})
    return [part for part in parts if part["to_s"] > part["from_s"]]


def hold_parts(repetitions: Iterable[RepetitionRecord], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the holds cut into counted and paused parts, with the reason."""
    parts: list[dict[str, Any]] = []
    for repetition in repetitions:
        start_s, end_s = repetition.hold_start_s, repetition.hold_end_s
        if start_s is None or end_s is None:
            continue
        at_s = float(start_s)
        for pause in sorted(repetition.pauses or [], key=lambda pause: pause.from_s):
            from_s, to_s = max(float(pause.from_s), at_s), min(float(pause.to_s), float(end_s))
            if to_s <= from_s:
                continue
            parts.append({"from_s": at_s, "to_s": from_s, "paused": ""})
            parts.append({"from_s": from_s, "to_s": to_s, "paused": names.get(pause.check, pause.check)})
            at_s = to_s
        parts.append({"from_s": at_s, "to_s": float(end_s), "paused": ""})
    return [part for part in parts if part["to_s"] > part["from_s"]]


def _describe_nothing(verdict: str) -> dict[str, str]:
    """Return the text in place of the marks if there are none.

    Not seen is neither wrong nor right.
    """
    if verdict == "cannot_tell":
        return {
            "state": "cannot_tell",
            "icon": STATE_STYLES["cannot_tell"].icon,
            "words": "No marks: this could not be judged.",
        }
    if verdict == "ok":
        return {"state": "ok", "icon": STATE_STYLES["ok"].icon, "words": "Nothing to work on was seen."}
    return {"state": "info", "icon": STATE_STYLES["info"].icon, "words": "No marks: no fault lasted long enough."}


def _assign_rows(faults: list[Fault]) -> list[int]:
    """Return the row of each mark.

    Each kind of fault has one row, so that its course can be read along the row.
    """
    rows: dict[str, int] = {}
    return [rows.setdefault(fault.name, len(rows)) for fault in faults]

"""All numbers of a set once more, group by group: by yaw, picture, clothing, body, distance, posture, movement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .score import Clip
from .setting import ANY_YAW, BREAKDOWNS, in_order
from .totals import numbers
from .view import total_blind, total_yaw

MEASUREMENTS = ("knee", "trunk_thigh", "elbow", "trunk_inclination", "back_bend", "back_curve")
"""The measurements that the breakdowns show."""


def breakdowns(clips: Sequence[Clip]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return breakdown -> group -> numbers and faults of the clips in that group; a clip may be in several."""
    return {name: _groups(name, clips) for name in BREAKDOWNS}


def _groups(name: str, clips: Sequence[Clip]) -> dict[str, dict[str, Any]]:
    groups = {group for clip in clips for group in clip.setting.groups.get(name, ())}
    members = {group: [c for c in clips if group in c.setting.groups.get(name, ())] for group in in_order(name, groups)}
    return {group: group_total(some, any_yaw=name in ANY_YAW) for group, some in members.items()}


def group_total(clips: Sequence[Clip], *, any_yaw: bool) -> dict[str, Any]:
    """Return the numbers and faults of some clips.

    Parameters
    ----------
    any_yaw : compare the numbers of oblique clips too; otherwise only those of side views. Faults are of all clips.
    """
    scored = [clip for clip in clips if not clip.problem]
    compared = scored if any_yaw else [clip for clip in scored if clip.setting.side_on]
    return {
        "clips": len(clips),
        "frames": sum(clip.frames for clip in compared),
        "numbers": numbers(compared),
        "yaw": total_yaw([clip.yaw for clip in compared if clip.yaw is not None]),
        "faults_injected": sum(len(clip.faults.injected) for clip in clips),
        "faults_found": sum(sum(clip.faults.found) for clip in scored),
        "faults_false": sum(len(clip.faults.false) for clip in scored),
    }


def view_total(clips: Sequence[Clip]) -> dict[str, Any]:
    """Return how well the camera's place was read from the side and obliquely, and what was said from too far round."""
    read = [clip for clip in clips if clip.yaw is not None and clip.setting.view != "front"]
    return {
        "yaw": total_yaw([clip.yaw for clip in read if clip.yaw is not None]),
        "gate_wrong": [clip.name for clip in read if clip.yaw is not None and not clip.yaw.gate_right],
        "blind": total_blind([clip.blind for clip in clips if clip.blind is not None]),
    }

"""What was reported for a clip, compared with what was injected into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SLACK_S = 1.0
"""A fault is found where what was said comes this close to it: the truth dates it from three quarters of its size."""
ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"back_rounding", "toe_touch_flop", "toe_grab", "slumped_start"}),
    frozenset({"bounce", "yanking", "too_fast", "restless", "rushed", "jerking"}),
    frozenset({
        "head_drop", "head_hanging", "head_lifted", "head_up", "chin_poke", "neck_crank", "head_lifts", "neck_only",
    }),
    frozenset({"hips_sag", "over_arch", "back_arching", "hips_off_floor"}),
    frozenset({"knees_bent", "stretch_knee_bent", "raised_knee_bent", "knees_drop", "knees_bend"}),
    frozenset({"other_leg_lifts", "other_knee_bends"}),
    frozenset({"hips_rocking", "off_stack", "hips_follow", "hips_lift"}),
    frozenset({"shallow_cat", "shallow_cow", "neck_only"}),
    frozenset({"slumped", "head_forward"}),
    frozenset({"full_situp", "neck_pull"}),
    frozenset({"leaning_forward", "leaning_back"}),
)  # fmt: skip
"""Faults that name the same visible mistake: if one is found, the other is too, and neither is a false alarm."""
SAID = frozenset({"adjust", "fix", "stop"})
"""Severities that ask for a change; `info` is a remark."""
SERIOUS = frozenset({"fix", "stop"})


@dataclass(frozen=True, slots=True)
class Faults:
    """What was injected and what was said.

    Parameters
    ----------
    found : for each injected fault that can be judged, whether it was reported.
    false : faults said (`adjust` and up) that the truth does not show.
    false_serious : those of them that stop the clock.
    guessed : faults that were reported although they cannot be judged in this clip.
    """

    injected: tuple[str, ...]
    found: tuple[bool, ...]
    false: tuple[str, ...]
    false_serious: tuple[str, ...]
    guessed: tuple[str, ...]


def alike(one: str, another: str) -> bool:
    """Whether two faults name the same visible mistake."""
    return one == another or any(one in group and another in group for group in ALIKE)


def shown(truth: Mapping[str, Any]) -> set[str]:
    """Return the faults that the true geometry shows: those injected, and those it puts outside their target band."""
    bands = truth.get("true_bands", {})
    return {fault["id"] for fault in truth.get("faults", [])} | {
        n for n, band in bands.items() if band in ("warn", "fix")
    }


def compare_faults(truth: Mapping[str, Any], said: list[Mapping[str, Any]]) -> Faults:
    """Return which injected faults were said, and which were said that are not there.

    What the true geometry itself puts outside its target band (`true_bands`: warn or fix) is no false alarm; nor is
    what names the same mistake as an injected fault.
    """
    untellable, there = set(truth.get("expect_cannot_tell", [])), shown(truth)
    injected = [fault for fault in truth.get("faults", []) if fault["id"] not in untellable]
    asked = [fault for fault in said if fault["severity"] in SAID]
    false = [fault for fault in asked if not any(alike(fault["id"], name) for name in there)]
    return Faults(
        tuple(fault["id"] for fault in injected),
        tuple(any(alike(fault["id"], s["id"]) and _meet(fault, s) for s in said) for fault in injected),
        tuple(fault["id"] for fault in false),
        tuple(fault["id"] for fault in false if fault["severity"] in SERIOUS),
        tuple(fault["id"] for fault in asked if any(alike(fault["id"], name) for name in untellable)),
    )


def _meet(true: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    return bool(said["from_s"] <= true["to_s"] + SLACK_S and said["to_s"] >= true["from_s"] - SLACK_S)

"""What the live coach says of each rendered clip, and when, against the truth.

    python -m benchmarks.live.clips CLIPS POSES [--only dev_03] [--rate 8] [--json FILE [--go-on]]
        [--for-s 240] [--write-docs]

CLIPS holds the clips' truth, POSES what `benchmarks.accuracy CLIPS --out POSES` kept. Each clip goes through the true
session from set-up to practice, as a camera would bring it: the last second before the movement runs to and fro until
practice has begun, or 14 s; after 12 s in set-up "Start now" is pressed. Time is the clip's; nothing waits for a clock.
`--rate` gives a slower computer: only this many pictures a second. `--write-docs` writes its part of docs/live.md.
With `--json FILE --go-on`, clips that FILE holds are not played again, and `--for-s 240` begins no clip after that
time: so the table is made in pieces.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.faults import SAID, SERIOUS, SLACK_S, alike, shown
from formcheck.core.movement.load import load_movement
from formcheck.core.records import Frame, PoseFrame
from formcheck.drivers.live import words
from formcheck.drivers.live.messages import PictureMessage, Stage
from formcheck.drivers.live.screen import count_asked
from formcheck.drivers.live.session import LiveSession, SessionRequest
from formcheck.sources.pose_track import open_track

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "live.md"
BEGINS, ENDS = "<!-- clips: written by `python -m benchmarks.live.clips` -->", "<!-- end of clips -->"
FOR_NOBODY = "hamstring_hinge_standing"
WAITS_S, PRESSES_S, STANDS_S, RESTS_S = 14.0, 12.0, 0.2, 0.8
BRIDGED_S = 0.3
"""The person is followed over a gap of this length."""
STOPPED_AIM_S, OTHER_AIM_S = 1.5, 2.5
GOOD_WORDS = frozenset(
    {words.IN_PLACE, words.STAY, words.BEGIN, words.CLOCK_RUNS, words.HOLD_BEGINS, *words.COUNTS.values()}
)
_ABSENT = words.PHASE_LABELS["absent"]
_GREY = np.full((480, 640, 3), 140, np.uint8)


class SavedSight:
    """A pose model that gives a saved pose."""

    name, sha256, scan_every_s, mirror_every = "full", "0" * 64, 10.0, 12
    pose: PoseFrame

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the pose with the time of this frame."""
        return replace(self.pose, time_s=frame.time_s)

    def choose_again(self) -> None:
        """Do nothing: a saved pose shows one person."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """One cue about an injected fault; times in seconds.

    Parameters
    ----------
    after_s : from the true beginning of the fault to the cue; None = it was not said.
    stop_s : from the stop of the clock to the cue; None = the clock did not stop for it.
    at_end : it is judged over a whole repetition, and said at its end.
    """

    fault: str
    severity: str
    at_end: bool
    after_s: float | None
    stop_s: float | None


@dataclass(slots=True)
class Course:
    """What happened in one clip.

    Parameters
    ----------
    said : (seconds of the clip, stage, words).
    cues : (seconds of the clip, fault, severity), when a cue is spoken, or shown without being spoken.
    clashes : contradictions between cue, ring, status and dots: what, and in how many replies.
    """

    clip: str
    movement: str
    expected: tuple[str, ...] = ()
    pressed: bool = False
    began: bool = False
    said: list[tuple[float, str, str]] = field(default_factory=list)
    cues: list[tuple[float, str, str]] = field(default_factory=list)
    stops: list[tuple[float, str]] = field(default_factory=list)
    clashes: dict[str, int] = field(default_factory=dict)
    gestures: int = 0
    seen_s: float = 0.0
    shown: str = ""
    counted: tuple[int, int] = (0, 0)
    reports: list[Report] = field(default_factory=list)
    false: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()


# One clip -------------------------------------------------------------------------------------------------------------


def play(truth: Mapping[str, Any], poses: Sequence[PoseFrame], rate: float | None = None) -> Course:
    """Send a clip through a session; return what happened."""
    movement = load_movement(truth["movement"] or FOR_NOBODY)
    course = Course(truth["clip"], movement.id)
    sight = SavedSight()
    session = LiveSession(SessionRequest(movement), sight)
    begins_s = truth["repetitions"][0]["start_s"] - STANDS_S if truth["repetitions"] else 0.0
    shown_reply: dict[str, Any] = {}
    for number, (time_s, pose) in enumerate(_as_a_camera(session, poses, begins_s, rate)):
        sight.pose = pose
        if session.stage is Stage.SETUP and time_s >= PRESSES_S and not course.pressed and truth["repetitions"]:
            course.pressed = True
            session.command("go")
        reply = session.picture(PictureMessage(time_s, number, b"", _GREY))
        shown_reply = reply.get("practise") or shown_reply
        _note(course, reply, pose)
        if session.stage is Stage.OVER:
            break
    done = shown_reply.get("repetition", {}).get("done", 0)
    course.counted = (done, min(len(truth["repetitions"]), count_asked(movement)))
    _compare(course, truth)
    return course


def _as_a_camera(
    session: LiveSession, poses: Sequence[PoseFrame], begins_s: float, rate: float | None
) -> Iterator[tuple[float, PoseFrame]]:
    """Yield each pose with the camera's time; the person waits where the clip begins until practice has begun."""
    step_s = poses[1].time_s - poses[0].time_s
    time_s, last_s, i, waited = 0.0, -1.0, 0, 0
    while i < len(poses):
        if rate is None or time_s - last_s >= 1 / rate - 1e-6:
            last_s = time_s
            yield time_s, poses[i - _step_back(waited, min(i, round(RESTS_S / step_s)))]
        time_s += step_s
        waits = begins_s > 0 and poses[i].time_s >= begins_s and time_s < WAITS_S
        if waits and session.stage in {Stage.SETUP, Stage.COUNTDOWN}:
            waited += 1
        else:
            i, waited = i + 1, 0


def _step_back(waited: int, most: int) -> int:
    """Return how many pictures to go back: to and fro over the last ones, so that their noise is that of a camera."""
    at = waited % (2 * most) if most else 0
    return min(at, 2 * most - at)


def _note(course: Course, reply: Mapping[str, Any], pose: PoseFrame) -> None:
    stage, shown_now = reply["stage"], reply.get("practise")
    at_s = round(pose.time_s, 2)
    course.seen_s = at_s if pose.seen else course.seen_s
    is_empty = at_s - course.seen_s > BRIDGED_S or not course.seen_s
    course.gestures += bool(reply.get("gesture", {}).get("done"))
    for one in reply["say"]:
        course.said.append((at_s, stage, one["text"]))
        if one["kind"] == "cue":
            course.cues.append((at_s, one["id"], shown_now["cue"]["s"] if shown_now and shown_now["cue"] else "info"))
        if (one["text"] in GOOD_WORDS or one["kind"] in {"event", "praise"}) and is_empty:
            _clash(course, "good words, and nobody is seen")
    setup = reply.get("setup")
    if setup and setup["text"] in GOOD_WORDS and is_empty:
        _clash(course, "good headline, and nobody is seen")
    if shown_now:
        course.began = True
        _note_screen(course, shown_now, reply, at_s)


def _note_screen(course: Course, shown_now: Mapping[str, Any], reply: Mapping[str, Any], at_s: float) -> None:
    """Note a cue that is only shown, a stopped clock, and every contradiction within one reply."""
    cue, status, hold = shown_now["cue"] or {}, shown_now["status"], shown_now["hold"] or {}
    spoken = {one["text"] for one in reply["say"]}
    if cue and cue["text"] != course.shown and cue["text"] not in spoken:
        course.cues.extend((at_s, name, cue["s"]) for name in _find_cue(course.movement, cue["text"]))
    course.shown = cue.get("text", "")
    why, cue_state, dots = hold.get("why", ""), cue.get("s", ""), {one["name"]: one["s"] for one in shown_now["dots"]}
    if why and (not course.stops or course.stops[-1][1] != status["code"] or at_s - course.stops[-1][0] > SLACK_S):
        course.stops.append((at_s, status["code"]))
    lines = {one["s"] for one in reply["strokes"] if one["k"] == "back"}
    holds, back, is_good = bool(hold) and shown_now["phase"] == "hold", dots.get("back"), status["s"] == "ok"
    for name, wrong in {
        "the ring is paused, the status is good": why and is_good,
        "the cue asks for a change, the status is good": cue_state in {"fix", "warn"} and is_good,
        "the cue stops the clock, the ring runs": cue_state == "fix" and holds and not why,
        "the status is a fault, nothing is said of it": status["s"] == "fix" and not cue and not why,
        "the dot is a fault, the status is good": "fix" in dots.values() and is_good,
        "the line of the back and its dot differ": back in {"fix", "warn"} and lines and lines != {back},
        "nobody is seen, and form is praised": status["code"] == "unseen" and cue_state == "ok",
        "the phase is absent, the status is not": shown_now["phase_word"] == _ABSENT and status["code"] != "unseen",
    }.items():
        if wrong:
            _clash(course, name)


def _find_cue(movement: str, text: str) -> list[str]:
    """Return the fault that a cue is about; none for a problem of the view."""
    return [fault.id for fault in load_movement(movement).faults if fault.cue == text][:1]


def _clash(course: Course, what: str) -> None:
    course.clashes[what] = course.clashes.get(what, 0) + 1


def _compare(course: Course, truth: Mapping[str, Any]) -> None:
    """Compare the cues with what was injected."""
    untellable, there = set(truth.get("expect_cannot_tell", [])), shown(truth)
    movement = load_movement(course.movement)
    known = {fault.id: fault for fault in movement.faults}
    asked = [(at_s, name) for at_s, name, _ in course.cues if name in known and known[name].severity in SAID]
    course.expected = tuple(fault["id"] for fault in truth["faults"])
    course.false = tuple(sorted({name for _, name in asked if not any(alike(name, one) for one in there)}))
    course.guessed = tuple(sorted({name for _, name in asked if any(alike(name, one) for one in untellable)}))
    ends_s = 0.0
    for fault in truth["faults"]:
        if fault["id"] in untellable:
            continue
        spec = known.get(fault["id"]) or next(one for name, one in known.items() if alike(name, fault["id"]))
        to_s = _end_of_repetition(truth, fault) if spec.at_end_of_repetition else fault["to_s"]
        span = {**fault, "to_s": to_s}
        mine = [at for at, name, _ in course.cues if alike(name, fault["id"]) and _belongs(at, span, ends_s)]
        stop = [at for at, name in course.stops if alike(name, fault["id"]) and _belongs(at, span, ends_s)]
        ends_s = fault["to_s"]
        after_s = round(mine[0] - fault["from_s"], 2) if mine else None
        stop_s = round(mine[0] - stop[0], 2) if mine and stop else None
        course.reports.append(Report(fault["id"], spec.severity, spec.at_end_of_repetition, after_s, stop_s))


def _end_of_repetition(truth: Mapping[str, Any], fault: Mapping[str, Any]) -> float:
    """Return when the repetition ends in which a fault was injected."""
    return float(next((one["end_s"] for one in truth["repetitions"] if one["end_s"] >= fault["to_s"]), fault["to_s"]))


def _belongs(at_s: float, fault: Mapping[str, Any], before_s: float) -> bool:
    return bool(max(before_s, fault["from_s"] - SLACK_S) <= at_s <= fault["to_s"] + 2 * SLACK_S)


# All clips ------------------------------------------------------------------------------------------------------------


def describe_all(courses: Sequence[Course]) -> str:
    """Return the table of all clips and the totals, as Markdown."""
    head = (
        "clip", "true faults, s after their beginning (after the stop of the clock)", "cues, s of the clip",
        "false or guessed", "counted", "clashes",
    )  # fmt: skip
    rows = [
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
        *(_row(course) for course in courses),
    ]
    return "\n".join([*rows, "", *totals(courses)])


def _row(course: Course) -> str:
    reports = "; ".join(
        f"{one.fault} {'not said' if one.after_s is None else f'{one.after_s:.1f}'}"
        + ("" if one.stop_s is None else f" ({one.stop_s:+.1f})")
        + (", at its end" if one.at_end and one.after_s is not None else "")
        for one in course.reports
    )
    cues = "; ".join(f"{at:.1f} {name.replace('_', ' ')}" for at, name, _ in course.cues)
    if not course.began:
        cues = "set-up only: " + "; ".join(dict.fromkeys(text for _, _, text in course.said))
    elif course.pressed:
        cues = f"started by key. {cues}"
    wrong = "; ".join([*course.false, *(f"guessed {name}" for name in course.guessed)])
    clashes = "; ".join(f"{what} ({n})" for what, n in course.clashes.items())
    counted = f"{course.counted[0]} of {course.counted[1]}" if course.counted[1] else "–"
    return f"| {course.clip} | {reports or '–'} | {cues or '–'} | {wrong or '–'} | {counted} | {clashes or '–'} |"


def totals(courses: Sequence[Course]) -> list[str]:
    """Return the lines below the table."""
    reports = [one for course in courses for one in course.reports]
    said = [one for one in reports if one.after_s is not None]
    stops = [one.stop_s for one in said if one.stop_s is not None]
    others = [one.after_s for one in said if one.severity not in SERIOUS and not one.at_end and one.after_s is not None]
    clashes = sum(sum(course.clashes.values()) for course in courses)
    false, guessed = (
        sum(len(one) for one in many) for many in zip(*((c.false, c.guessed) for c in courses), strict=True)
    )
    gestures = sum(course.gestures for course in courses)
    faults = f"{len(said)} of {len(reports)} injected faults that can be judged were said"
    return [
        f"- {faults}; {false} cues about something that is not there; {guessed} about what cannot be judged.",
        f"- Cue after the stop of the clock: {_spread(stops)}; {_within(stops, STOPPED_AIM_S)} (aim: all).",
        f"- Cue of the other faults after their true beginning: {_spread(others)}; {_within(others, OTHER_AIM_S)}.",
        f"- {clashes} contradictions of cue, ring, status, dots and line; {gestures} gestures without a raised hand.",
    ]


def _spread(values: Sequence[float]) -> str:
    return f"median {statistics.median(values):.1f} s, at most {max(values):.1f} s" if values else "none"


def _within(values: Sequence[float], aim_s: float) -> str:
    return f"{sum(value <= aim_s + 1e-6 for value in values)} of {len(values)} within {aim_s} s"


def read_courses(path: Path) -> dict[str, Course]:
    """Return what an earlier run kept, by the name of the clip."""
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return {one["clip"]: Course(**{**one, "reports": [Report(**report) for report in one["reports"]]}) for one in kept}


def write_docs(text: str) -> None:
    """Write the table into docs/live.md, between its two marks."""
    page = PAGE.read_text("utf-8")
    part = f"{BEGINS}\n{text}\n{ENDS}"
    PAGE.write_text(re.sub(f"{re.escape(BEGINS)}.*?{re.escape(ENDS)}", lambda _: part, page, flags=re.DOTALL), "utf-8")


def main() -> int:
    """Play the clips and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("--only", default="", help="clips whose name begins so")
    parser.add_argument("--rate", type=float, help="pictures a second; without it, those of the clip")
    parser.add_argument("--json", type=Path, help="what happened in each clip")
    parser.add_argument("--go-on", action="store_true", help="do not play again what the JSON file holds")
    parser.add_argument("--for-s", type=float, default=math.inf, help="begin no clip after this time")
    parser.add_argument("--write-docs", action="store_true")
    wish = parser.parse_args()
    known = read_courses(wish.json) if wish.go_on and wish.json else {}
    courses, begun_s = [], time.monotonic()
    for path in sorted(wish.clips.glob(f"{wish.only}*.json")):
        track = wish.poses / path.stem / "poses.parquet"
        if path.stem in known:
            courses.append(known[path.stem])
        elif track.is_file() and time.monotonic() - begun_s < wish.for_s:
            courses.append(play(json.loads(path.read_text("utf-8")), list(open_track(track)), wish.rate))
        else:
            print(f"not played: {path.stem}", file=sys.stderr)
    text = describe_all(courses)
    print(text)
    if wish.json:
        wish.json.write_text(json.dumps([asdict(one) for one in courses], indent=1), "utf-8")
    if wish.write_docs:
        write_docs(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""All texts about a recording agree with its findings: on every saved track, with two doses."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.core.display import STATE_STYLES, name_check
from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.summary.phrases import describe_why, say_verdict
from formcheck.core.summary.schema import ModelRecord, SourceRecord, WhyCode, make_summary_row
from formcheck.core.summary.summariser import Summariser
from formcheck.core.summary.verdict import decide_verdict, is_part_done, judge_check
from formcheck.sinks.overlay.draw import count_ring_s
from formcheck.sinks.results_table import COLUMNS
from formcheck.sinks.terminal import write_verdict_lines
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).resolve().parent.parent.parent / "data"
FOLDERS = (DATA, DATA / "catalogue")
TRACKS = sorted(path.relative_to(DATA).with_suffix("").as_posix() for one in FOLDERS for path in one.glob("*.parquet"))
IN_FULL = ("bounce", "rushed")
"""Words in the names of tracks that need every picture; of the others every fourth is enough."""
EASY = {"hold_s": 0.5, "repetitions": 1, "each_side": False}
"""A dose that the short tracks reach: with that of the movement nearly all of them are a part."""
every_track = pytest.mark.parametrize("name", TRACKS)


@pytest.fixture(scope="module")
def said():
    """Return, of a track, its movement and summary with the dose as it is, and with an easy one; judged once.

    `rings` of the function has what the ring of the film showed.
    """
    kept = {}

    def judge(name):
        if name not in kept:
            track = open_track(DATA / f"{name}.parquet")
            movement = load_movement(track.header["movement"])
            dose = {key: value for key, value in EASY.items() if getattr(movement.dose, key)}
            easy = movement.model_copy(update={"dose": movement.dose.model_copy(update=dose)})
            gathered = [Summariser(movement), Summariser(easy)]
            step, rings = 1 if any(word in name for word in IN_FULL) else 4, judge.rings.setdefault(name, {})
            for result in run(list(track)[::step], FormChecker(movement, side=track.header["side"])):
                for one in gathered:
                    one.add(result)
                about = result.phase.repetition or result.phase.ended
                for index in ([about.index] if about else []) + ["last"]:
                    rings[index] = result.feedback.hold
            about = {"source": SourceRecord(**track.header["source"]), "model": ModelRecord(**track.header["model"])}
            summaries = [one.summary(**about, formcheck_version="0", created_utc="") for one in gathered]
            kept[name] = list(zip((movement, easy), summaries, strict=True))
        return kept[name]

    judge.rings = {}  # of each track: the last ring of each repetition, and of the film
    return judge


@every_track
def test_what_is_said_agrees(said, name):
    for movement, summary in said(name):
        states = {check.id: judge_check(check) for check in summary.checks}
        severities = {fault.severity for fault in summary.faults}
        check_verdict(movement, summary, states, severities)
        check_reason(movement, summary, states)
        check_words(movement, summary, states, severities)
        check_row(summary, states)
        check_terminal(movement, summary, states)


def check_verdict(movement, summary, states, severities):
    """The table of `decide_verdict`, read from its results."""
    is_refused = summary.view.verdict == "refused"
    assert (summary.verdict == "fix") == bool(severities & {"fix", "stop"})
    if "adjust" in severities and summary.verdict != "fix":
        assert summary.verdict == ("cannot_tell" if is_refused else "warn")
    if summary.verdict == "warn":
        assert "adjust" in severities or "warn" in states.values()
    if summary.verdict == "ok":
        assert severities <= {"info"}
        assert not is_refused
        assert summary.repetitions
        # how long something was held is a matter of the dose
        assert {movement.measures[one].signal for one, state in states.items() if state == "warn"} <= {"hold_s"}
        assert (summary.why_code is WhyCode.PART_DONE) == is_part_done(summary.dose)
    if not summary.repetitions and summary.source.frames > 1:
        assert summary.verdict in ("fix", "warn", "cannot_tell")


CODES_OF = {
    "fix": {WhyCode.FAULT},
    "warn": {WhyCode.FAULT, WhyCode.OUT_OF_BAND},
    "ok": {WhyCode.PART_DONE, WhyCode.NOTHING_TO_CORRECT},
    "cannot_tell": {WhyCode.NOBODY_SEEN, WhyCode.VIEW_REFUSED, WhyCode.NO_REPETITION, WhyCode.CHECK_UNKNOWN},
}


def check_reason(movement, summary, states):
    """What decided the verdict, and what it is about."""
    about = summary.why_about
    assert summary.why_code in CODES_OF[summary.verdict]
    assert summary.why == describe_why(summary, movement)
    if summary.why_code is WhyCode.FAULT:
        gravest = {"fix": {"fix", "stop"}, "warn": {"adjust"}}[summary.verdict]
        assert about in {fault.id for fault in summary.faults if fault.severity in gravest}
        assert movement.fault(about).cue in summary.why
    elif summary.why_code is WhyCode.OUT_OF_BAND:
        assert states[about] == "warn"
    elif summary.why_code is WhyCode.CHECK_UNKNOWN:
        assert states.get(about, "cannot_tell") == "cannot_tell"
        assert about in (movement.essential or [movement.main])
    else:
        assert about == ""


HEADLINES = {
    "fix": {"Something to work on"},
    "warn": {"Nearly there"},
    "ok": {"This went well", "Good, as far as the camera could see", "A good start"},
    "cannot_tell": {"Cannot tell from this recording"},
}


def check_words(movement, summary, states, severities):
    """The first words of Review and of the page after a set."""
    words = say_verdict(summary, movement)
    assert words.state == summary.verdict
    assert words.headline in HEADLINES[words.state]
    assert words.why == summary.why
    if words.headline == "This went well":
        assert set(states.values()) <= {"ok"}
        assert severities <= {"info"}
    # info is shown as "info", adjust as "warn", fix and stop as "fix"
    shown = {"info": "info", "adjust": "warn", "fix": "fix", "stop": "fix"}
    out_of_band = {"warn"} if summary.why_code is WhyCode.OUT_OF_BAND else set()
    assert {state for state, _ in words.work_on} == {shown[severity] for severity in severities} | out_of_band
    faulty = {fault.id for fault in summary.faults}
    for check, state in states.items():
        is_praised = movement.measures[check].name.lower() in {one.lower() for one in words.good}
        assert not (is_praised and (state != "ok" or check in faulty))


def check_row(summary, states):
    """The row of a batch."""
    row = make_summary_row(summary)
    assert row.keys() <= COLUMNS.keys()
    assert (row["verdict"], row["why"], row["why_code"]) == (summary.verdict, summary.why, summary.why_code)
    assert set(row["faults"]) == {fault.id for fault in summary.faults if fault.severity != "info"}
    assert set(row["notes"]) == {fault.id for fault in summary.faults if fault.severity == "info"}
    assert row["faults"] or summary.verdict != "fix"
    assert row["checks_cannot_tell"] == [check for check, state in states.items() if state == "cannot_tell"]
    if summary.dose.hold_s.done is not None:
        assert row["valid_s"] == row["hold_s"] == summary.dose.hold_s.done <= row["held_s"] + 0.1
    sides = {one.side for one in summary.repetitions} - {None}
    assert row["side"] == (None if not sides else "both" if len(sides) > 1 else sides.pop())


def check_terminal(movement, summary, states):
    """The lines of the terminal: each begins with the word of its state."""
    lines = [line.plain for line in write_verdict_lines(summary, movement, width=200)]
    if summary.seen_share == 0:
        return
    rows = {line[8:29].strip(): line[2:8].strip() for line in lines if line.startswith("  ") and line[2:3].strip()}
    for check, state in states.items():
        name = name_check(check, movement)
        if len(name) <= 20 and name not in {name_check(fault.id, movement) for fault in summary.faults}:
            assert rows[name] == STATE_STYLES[state].word
    words = set(rows.values()) - {"held", "done"}
    assert words <= {style.word for style in STATE_STYLES.values()}
    assert ("fix" in words) == (summary.verdict == "fix")
    if summary.verdict == "ok" and not {"warn"} & set(states.values()):
        assert words <= {"ok", "info", "?"}
    assert " ".join(" ".join(lines).split()).endswith(summary.why)


@every_track
def test_the_last_ring_shows_the_seconds_of_the_summary(said, name):
    [(_, summary), _] = said(name)
    rings, held_s = said.rings[name], {one.index: one.valid_hold_s or 0.0 for one in summary.repetitions}
    if rings["last"] is None:
        assert not sum(held_s.values())
        return
    for index, seconds in held_s.items():
        assert rings[index].valid_s == pytest.approx(seconds, abs=0.001)
        assert count_ring_s(rings[index], is_over=True) == float(f"{seconds:.0f}")
    assert sum(held_s.values()) == pytest.approx(summary.dose.hold_s.done, abs=0.001 * len(held_s))
    assert rings["last"].valid_s in {0.0, *(round(seconds, 3) for seconds in held_s.values())}


def test_the_tracks_reach_every_row_of_the_table_that_a_film_can(said):
    reached = {summary.why_code for name in TRACKS for _, summary in said(name)}
    assert reached >= {
        WhyCode.FAULT,
        WhyCode.NOBODY_SEEN,
        WhyCode.NO_REPETITION,
        WhyCode.OUT_OF_BAND,
        WhyCode.PART_DONE,
        WhyCode.NOTHING_TO_CORRECT,
    }


@every_track
def test_the_verdict_follows_again_from_the_summary(said, name):
    for movement, summary in said(name):
        parts = (summary.view, summary.faults, summary.checks, summary.repetitions)
        decision = decide_verdict(movement, *parts, dose=summary.dose, still_bend=None)
        assert decision == (summary.verdict, summary.why_code, summary.why_about)

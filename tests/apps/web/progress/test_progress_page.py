"""The progress page: its sentences, its calendar, and what it says when there is nothing to say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from matplotlib.figure import Figure
from streamlit.testing.v1 import AppTest

from formcheck.apps.web.progress import page, text
from formcheck.apps.web.progress.page import draw_courses
from formcheck.apps.web.progress.text import write_progress
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.drivers.answer_record import NextDayEntry, SessionEntry, SessionRecord, write_record
from formcheck.drivers.history import database, keeper
from formcheck.drivers.history.database import PROBLEM_WORDS
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import SetValue
from formcheck.program.change import Change, Threshold
from formcheck.program.progress import DoneSet, PainAnswer, Topic, WeeksFinding, find_changes
from formcheck.sinks.plots import weeks
from formcheck.sinks.plots.weeks import plot_weeks

from ....drivers.history.test_history import A_SET, HINGE, MONDAY

MOVEMENTS = {name: load_movement(name) for name in catalogue()}
DOORWAY = "hamstring_doorway_supine"
LIMIT = Threshold(8.0, own=False)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(keeper, "KEEPER", keeper.SetKeeper())
    return tmp_path / "data"


def open_page():
    def script():
        from formcheck.apps.web.progress.page import show_progress

        show_progress()

    return AppTest.from_function(script, default_timeout=60).run()


def read_text(app):
    return re.sub(r"<[^>]+>", " ", " ".join(str(one.value) for one in [*app.get("html"), *app.warning]))


def practise_on(days, values):
    with History() as history:
        person = history.find_first_person()
        for day, value in zip(days, values, strict=True):
            at = MONDAY + timedelta(days=day)
            session = history.begin_session(person, at)
            measured = (SetValue("trunk_inclination_deg", "deg", value, 3.0, 60.0, 6.0),)
            history.add_set(session, replace(A_SET, begun=at, values=measured))


@pytest.mark.parametrize(
    ("last", "headline"), [(53.0, text.NO_CHANGE), (65.0, text.ONE_CHANGED)], ids=["3 degrees", "15 degrees"]
)
def test_a_small_step_is_no_change_and_a_large_one_is(data, last, headline):
    practise_on([0, 7], [50.0, last])
    app = open_page()
    assert not app.exception
    assert headline in read_text(app)


def test_nothing_is_stored_yet(data):
    assert page.NOTHING_STORED in read_text(open_page())


def test_one_day_compares_nothing(data):
    practise_on([0], [50.0])
    assert text.NOTHING_TO_COMPARE in read_text(open_page())


def test_a_history_that_cannot_be_read_is_one_sentence(data):
    data.write_text("a file", "utf-8")
    app = open_page()
    assert not app.exception
    assert f"{PROBLEM_WORDS['closed']} You can practise all the same" in read_text(app)


def test_a_guest_of_several_sees_nobodys_weeks(data):
    practise_on([0, 7], [50.0, 65.0])
    with History() as history:
        history.add_person("Ana")

    def script():
        from formcheck.apps.web.progress.page import show_progress
        from formcheck.drivers.user_data import GUEST, use_person

        use_person(GUEST)
        show_progress()

    said = read_text(AppTest.from_function(script, default_timeout=60).run())
    assert page.WHO_FIRST in said
    assert "instead of" not in said


def test_a_clock_that_was_set_back_is_said(data):
    practise_on([0, 40_000], [50.0, 52.0])
    assert page.CLOCK_BACK_LINE in read_text(open_page())


def test_a_damaged_history_is_said_with_its_new_name(data, monkeypatch):
    practise_on([0], [50.0])
    monkeypatch.setattr(database, "_good_files", set())
    (data / "history.db").write_bytes(b"not a database at all" * 600)
    said = read_text(open_page())
    assert "kept as history.damaged-" in said
    assert page.NOTHING_STORED in said


def test_what_was_said_is_on_the_page(data):
    practise_on([0, 7], [50.0, 52.0])
    days = [NextDayEntry(at_utc=MONDAY + timedelta(days=n), day=MONDAY.date(), lasted="lasted", movements=[HINGE])
            for n in range(1, 4)]  # fmt: skip
    sessions = [
        SessionEntry(at_utc=MONDAY + timedelta(days=n), pain_before=8 - n, areas=["low_back" if n < 3 else "neck"])
        for n in range(6)
    ]
    write_record(SessionRecord(sessions=sessions, next_days=days))
    said = read_text(open_page())
    assert "After 3 of 3 sessions it was better until the next day." in said
    assert "After sessions with Standing hamstring stretch it lasted in 3 of 3." in said
    assert "Low back: named in 0 of your newest 3 answers about pain, and in 3 of the first 3." in said
    assert "Pain before practice is lower: 4 instead of 7, of 10." in said


def test_each_kind_of_course_is_drawn_with_its_band(monkeypatch):
    days = [date(2026, 3, 2 + 2 * n) for n in range(4)]
    names = ("leg_elevation_left_deg", "leg_elevation_right_deg")
    sets = [
        DoneSet(n, day, DOORWAY, True, 30.0, 20.0 + n, dict.fromkeys(names, (60.0 + n, 6.0)))
        for n, day in enumerate(days)
    ]
    pain = [PainAnswer(day, 5.0 - n, 3.0) for n, day in enumerate(days)]
    seen = []
    monkeypatch.setattr(weeks, "plot_weeks", lambda courses, **how: seen.append((courses, how)) or Figure())
    titles = [title for title, _ in draw_courses(sets, pain, find_changes(sets, pain), MOVEMENTS, theme="light")]
    name = MOVEMENTS[DOORWAY].name
    assert titles[0] == "Pain, 0 to 10"
    assert titles[1] == f"{name}: share of the hold in good form"
    assert any(title.endswith("left and right") for title in titles)
    assert titles[-1] == f"{name}: seconds held"
    assert [set(courses) for courses, _ in seen] == [
        {"before", "after"}, {""}, {""}, {""}, {"left", "right"}, {"held", "in good form"}
    ]  # fmt: skip
    assert seen[0][1]["band"] == (2.5, 6.5)  # two points around the first two answers
    assert all(how["band"] is not None for _, how in seen[:4])


@pytest.mark.parametrize("change", [Change.NONE, Change.BETTER, Change.WORSE])
@pytest.mark.parametrize("topic", list(Topic))
def test_every_finding_has_a_sentence_without_praise(topic, change):
    one = WeeksFinding(topic, "" if topic is Topic.PAIN else HINGE, "trunk_inclination_deg", change, 3.0, 6.0, LIMIT, 4)
    said = write_progress([one], [HINGE], MOVEMENTS)
    sentences = [*said.changed, *said.same, *said.more]
    assert len(sentences) == 2
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in sentences)
    assert not re.search(r"great|well done|deeper|improve|success", " ".join(sentences), re.IGNORECASE)


def test_a_movement_that_is_gone_is_named_by_its_id():
    one = WeeksFinding(Topic.RANGE, "my_own", "knee_left_deg", Change.NONE, 3.0, 6.0, LIMIT, 4)
    assert write_progress([one], [], MOVEMENTS).same == ["my own, knee left deg (left): about as before, 3° and 6°."]


def test_calendar_marks_days_in_words_too():
    today = date(2026, 3, 4)
    html = page.render_calendar([date(2026, 3, 3)], today)
    assert html.count("<td") == 3 * 7 + 3
    assert html.count("✓") == 1
    assert "Tuesday 3 March: practised" in html
    assert "streak" not in html


def test_plot_shows_each_day_with_its_uncertainty():
    days = [date(2026, 3, 2), date(2026, 3, 9)]
    figure = plot_weeks([(days[0], 50.0, 6.0), (days[1], 65.0, 4.0)], title="$ and <b>", unit="deg")
    [axes] = figure.axes
    [line] = axes.lines
    assert list(line.get_ydata()) == [50.0, 65.0]
    assert axes.get_ylabel() == "degrees"
    [bars] = axes.collections
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[44.0, 56.0], [61.0, 69.0]]


def test_bars_and_ways_are_shown_without_a_grade(data):
    practise_on([0, 2, 4, 6, 8, 10], [50.0] * 6)
    sessions = [
        SessionEntry(at_utc=MONDAY + timedelta(days=2 * day), felt="better" if day > 2 else "same",
                     effort=7 if day < 3 else 4, way="usual" if day < 3 else "less")
        for day in range(6)
    ]  # fmt: skip
    write_record(SessionRecord(sessions=sessions))
    app = open_page()
    assert not app.exception
    said = read_text(app)
    assert "After sessions as usual you felt better in 0 of 3." in said
    assert "After sessions with a little less you felt better in 3 of 3." in said
    assert re.search(r"Ease: how little effort it took\s+60.%, at first 30.%", said)
    assert "left:30%" in " ".join(str(one.value) for one in app.get("html"))

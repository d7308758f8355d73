"""The progress page: its sentences, its calendar, and what it says when there is nothing to say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from formcheck.apps.web.progress import page, text
from formcheck.apps.web.progress.text import write_progress
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import SetValue
from formcheck.program.change import Change, Threshold
from formcheck.program.progress import Topic, WeeksFinding
from formcheck.sinks.plots.weeks import plot_weeks

from ....drivers.history.test_history import A_SET, HINGE, MONDAY

MOVEMENTS = {name: load_movement(name) for name in catalogue()}
LIMIT = Threshold(8.0, own=False)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
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
    assert text.NOTHING_YET in read_text(open_page())


def test_a_history_that_cannot_be_read_is_one_sentence(data):
    data.write_text("a file", "utf-8")
    app = open_page()
    assert not app.exception
    assert "You can practise all the same" in read_text(app)


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

"""Show the second half of the review page: verdict, player, plots, numbers, files."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from formcheck.apps.theme import STATE_WORDS
from formcheck.core.display import STATE_STYLES, DisplayState, format_clock, name_check
from formcheck.core.errors import FormCheckError
from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.core.records import NOT_JUDGED
from formcheck.core.summary.phrases import (
    NOT_MEDICAL,
    Verdict,
    describe_target,
    find_spec,
    format_quantity,
    is_still,
    list_marks,
    list_worked_sides,
    name_measurement,
    say_verdict,
)
from formcheck.core.summary.schema import MeasurementRecord, RunSummary
from formcheck.drivers.results_store import FILES, StoredResult

from .player import collect_player_data, show_player, split_phases
from .result_routes import DESK_PATH, file_url

if TYPE_CHECKING:
    import pandas as pd

_FILE_WORDS = {
    "summary.json": "the verdict, for other programs",
    "frames.parquet": "every measurement of every picture",
    "annotated.mp4": "the annotated recording",
}


def show_result(result: StoredResult) -> None:
    """Show one finished result."""
    try:
        summary, movement, frames = (
            result.summary(),
            load_movement(result.folder / "movement.toml"),
            _read_frames(result),
        )
    except (OSError, ValueError, FormCheckError):
        st.warning("This result was stored by another version and cannot be opened. Please check the recording again.")
        if st.button("Choose a recording", key="again"):
            st.query_params.clear()
            st.rerun()
        return
    _show_head(result)
    _show_verdict(say_verdict(summary, movement))
    for warning in result.warnings:
        st.warning(f"About this recording: {warning}.")
    _show_recognised(result, summary)
    _show_player(result, summary, movement, frames)
    if not is_still(summary):
        _show_plots(frames, summary, movement)
    _show_measurements(summary, movement)
    _show_files(result)
    st.caption(NOT_MEDICAL)


def _read_frames(result: StoredResult) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(result.folder / "frames.parquet")


def _show_head(result: StoredResult) -> None:
    left, middle, right = st.columns([4, 1, 1], vertical_alignment="center")
    left.html(f'<p class="fc-line fc-soft">Review · {escape(result.recording)}</p>')
    # A plain link: the desk is not one of Streamlit's pages.
    address = f"{DESK_PATH}?result={result.key}"
    middle.html(f'<a class="fc-button" href="{address}" target="_self">Correct, prescribe, report</a>')
    if right.button("New recording", key="new", width="stretch"):
        st.query_params.clear()
        st.rerun()


def _show_chip(state: DisplayState) -> str:
    label = f'role="img" aria-label="{STATE_WORDS[state]}"'
    return f'<span class="fc-chip fc-{state}" {label}>{STATE_STYLES[state].icon}</span>'


def _show_verdict(verdict: Verdict) -> None:
    facts = "".join(f"<li>{escape(label)} <b>{escape(words)}</b></li>" for label, words in verdict.facts)
    columns = [
        ("Good", [("ok", words) for words in verdict.good]),
        ("To work on", verdict.work_on),
        ("Could not be judged", [("cannot_tell", words) for words in verdict.unseen]),
    ]
    three = "".join(
        f'<div><h2 class="fc">{title}</h2><ul>'
        + "".join(f"<li>{_show_chip(state)}<span>{escape(words)}</span></li>" for state, words in lines)
        + "</ul></div>"
        for title, lines in columns
        if lines
    )
    st.html(
        f'<section class="fc-verdict" aria-label="Verdict"><div class="fc-headline" role="heading" aria-level="1">'
        f"{_show_chip(verdict.state)} {escape(verdict.headline)} "
        f'<span class="fc-soft">{escape(verdict.title)}</span></div>'
        f'<p class="fc-why">{escape(verdict.why)}</p><ul class="fc-facts">{facts}</ul>'
        f'<div class="fc-three">{three}</div></section>'
    )


def _show_recognised(result: StoredResult, summary: RunSummary) -> None:
    """Show that the movement was recognised, and what else the recording shows."""
    found = summary.recognised
    if not found or found.unsure:
        return
    others = [span for span in found.spans if span.folder]
    st.caption(f"The movement was found from the recording, certainty {found.certainty:.0%}.")
    parts = ", ".join(
        f'<a href="{DESK_PATH}?result={result.key}&amp;part={span.folder}" target="_self">'
        f"{escape(load_movement(span.movement).name)}</a> ({format_clock(span.from_s)} to {format_clock(span.to_s)})"
        for span in others
    )
    if parts:
        st.html(f'<p class="fc-line">The recording also shows: {parts}.</p>')


def _show_player(result: StoredResult, summary: RunSummary, movement: Movement, frames: pd.DataFrame) -> None:
    video = "annotated.mp4"
    phases = split_phases(frames["time_s"], frames["phase"]) if {"time_s", "phase"} <= set(frames) else []
    # the ends of a cycle have names of their own: cow and cat, not low and high
    turns = {"low": movement.drive.low_name, "high": movement.drive.high_name, NOT_JUDGED: "not judged"}
    phases = [{**part, "label": turns.get(part["name"], part["name"])} for part in phases]
    data = collect_player_data(
        video_url=file_url(result.key, video) if (result.folder / video).is_file() else "",
        summary=summary,
        phases=phases,
        faults=list_marks(summary, movement),
        pauses={p.check: name_check(p.check, movement) for r in summary.repetitions for p in r.pauses},
    )
    show_player(result.key, data)


# Plots --------------------------------------------------------------------------------------------------------------


def _show_plots(frames: pd.DataFrame, summary: RunSummary, movement: Movement) -> None:
    """Show the course of the judged angle and of the back."""
    drawn = [
        plot
        for measure_id in choose_plotted_measures(movement)
        if (plot := _draw(frames, summary, movement, measure_id))
    ]
    if not drawn:
        return
    st.html('<h2 class="fc">Over time</h2>')
    for column, (title, svg) in zip(st.columns(len(drawn), gap="medium"), drawn, strict=True):
        picture = base64.b64encode(svg.encode()).decode()
        label = escape(f"{title} over time")
        column.html(
            f'<div class="fc-scroll" tabindex="0" role="region" aria-label="{label}">'
            f'<img class="fc-plot" alt="{label}" src="data:image/svg+xml;base64,{picture}"></div>'
        )


def choose_plotted_measures(movement: Movement) -> list[str]:
    """Return the measures to plot: the main one and the back's, at most three."""
    back = [measure_id for measure_id, spec in movement.measures.items() if spec.signal.startswith("back_")]
    return list(dict.fromkeys([movement.main, *back]))[:3]


def _draw(frames: pd.DataFrame, summary: RunSummary, movement: Movement, measure_id: str) -> tuple[str, str] | None:
    from formcheck.sinks.plots.measures import plot_measure, write_figure_svg

    figure = plot_measure(
        frames, summary, movement, measure_id, theme="dark" if st.context.theme.type == "dark" else "light"
    )
    return movement.measures[measure_id].name, write_figure_svg(figure)


# Numbers and files --------------------------------------------------------------------------------------------------


def _show_measurements(summary: RunSummary, movement: Movement) -> None:
    """Show what the movement asks for, and, folded away, all other measurements."""
    sides = list_worked_sides(summary)
    asked: list[str] = []
    others: list[str] = []
    for name, measured in summary.measurements.items():
        spec = find_spec(name, movement, sides)
        (others if spec is None else asked).append(_show_row(name, measured, spec))
    if asked:
        st.html(f'<h2 class="fc">Measurements</h2>{_show_table("What this movement asks for", asked)}')
    if others:
        more = f"{len(others)} more measurements" if asked else f"{len(others)} measurements"
        st.html(f'<details class="fc"><summary>{more}</summary>{_show_table("Everything else", others)}</details>')


def _show_row(name: str, measured: MeasurementRecord, spec: MeasureSpec | None) -> str:
    """Return one line of the table.

    A measure of the movement has the name that the verdict uses.
    """
    unit, around = measured.unit, measured.uncertainty
    called_so = escape(name_measurement(name))
    head = f'{escape(spec.name)} <span class="fc-soft">{called_so}</span>' if spec else called_so
    cells = (
        format_quantity(measured.in_hold_median, unit, around),
        format_quantity(measured.median, unit, around),
        f"{format_quantity(measured.p05, unit)} to {format_quantity(measured.p95, unit)}",
        describe_target(spec),
    )
    line = "".join(f'<td class="num">{escape(cell)}</td>' for cell in cells)
    return f'<tr><th scope="row">{head}</th>{line}</tr>'


def _show_table(label: str, rows: list[str]) -> str:
    columns = ("in the hold", "median", "90 % of the time", "target")
    head = "".join(f'<th class="num" scope="col">{column}</th>' for column in columns)
    return (
        f'<div class="fc-scroll" tabindex="0" role="region" aria-label="{label}"><table class="fc"><thead><tr>'
        f'<th scope="col">Measured</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _show_files(result: StoredResult) -> None:
    links = "".join(
        f'<li><a href="{file_url(result.key, name, keep=True)}" download>{name}</a> '
        f'<span class="fc-soft">{_FILE_WORDS[name]}</span></li>'
        for name in FILES
        if (result.folder / name).is_file()
    )
    st.html(f'<h2 class="fc">Take it with you</h2><ul class="fc-files">{links}</ul>')

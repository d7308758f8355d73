"""Write what a visit ended with as HTML.

One sentence, what carried over, one table, the ways on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from formcheck.program.body_tests.patterns import find_patterns, list_ways_on
from formcheck.program.body_tests.phrases import (
    NEXT_STEPS,
    PATTERNS,
    PROVISIONAL,
    SAME_DAY_NOTE,
    WAYS_ON,
    is_provisional,
    list_rows,
    write_carry_over,
    write_headline,
    write_sides,
)
from formcheck.program.body_tests.protocol import load_protocol
from formcheck.program.body_tests.results import ChangedTest
from formcheck.program.body_tests.visit import Visit, VisitOutcome, find_carry_over
from formcheck.program.change import Change, NextStep

CSS = """
ol.fc-steps { display: flex; flex-wrap: wrap; gap: 0.35rem 1.2rem; list-style: none; margin: 0.3rem 0 0.4rem;
  padding: 0; }
ol.fc-steps li { margin: 0; padding: 0.15rem 0; font-size: 1rem;
  color: color-mix(in srgb, currentColor 78%, transparent); }
ol.fc-steps li[aria-current] { font-weight: 650; color: inherit; border-bottom: 3px solid #0072B2; }
.fc-test { display: grid; gap: 0.45rem; justify-items: start; }
.fc-test p { margin: 0; font-size: 1.05rem; line-height: 1.45; max-width: 72ch; }
.fc-badge { font-weight: 400; font-size: 0.93rem; padding: 0.1rem 0.45rem; margin-left: 0.4rem; border-radius: 6px;
  border: 1px solid color-mix(in srgb, currentColor 40%, transparent); }
a.fc-go { display: inline-block; padding: 0.6rem 1rem; min-height: 2.75rem; box-sizing: border-box; border-radius: 8px;
  font-size: 1.05rem; color: inherit !important; text-decoration: none;
  border: 1px solid color-mix(in srgb, currentColor 45%, transparent); }
a.fc-go.first { background: #0072B2; color: #FFF !important; border-color: #0072B2; font-weight: 600; }
a.fc-go:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
.fc-next { font-size: 1.1rem; line-height: 1.5; max-width: 72ch; border-left: 4px solid #0072B2; padding-left: 0.8rem; }
table.fc.fc-changes td, table.fc.fc-changes th { white-space: normal; }
"""
CARRIED = "What stayed since the first day"
NOT_YET_CARRIED = "Whether anything stays, your next visit shows: test first, before you begin."


def render_outcome(visits: Sequence[Visit], outcome: VisitOutcome) -> str:
    """Return the outcome of the newest visit.

    Parameters
    ----------
    visits : of the person, the oldest first.
    outcome : of the last one.
    """
    carried = find_carry_over(visits)
    parts = [render_carried(visits) or ("" if len(visits) > 1 else f'<p class="fc-soft">{NOT_YET_CARRIED}</p>')]
    codes = f'data-change="{outcome.change}" data-step="{outcome.step}"'
    parts.append(f'<h2 class="fc">Today</h2><p class="fc-lead" {codes}><b>{escape(write_headline(outcome))}</b></p>')
    parts.append(f'<p class="fc-next">{escape(NEXT_STEPS[outcome.step])}</p>')
    if outcome.changes:
        parts.append(render_changes(outcome.changes))
    notes = [SAME_DAY_NOTE] if outcome.change is Change.BETTER else []
    notes += [PROVISIONAL] if is_provisional([*outcome.changes, *carried]) else []
    parts += [f'<p class="fc-soft">{escape(note)}</p>' for note in notes]
    sides = [write_sides(load_protocol(one.test_id), one) for one in outcome.sides]
    patterns = find_patterns(visits[-1], outcome, earlier=visits[:-1])
    if outcome.step is not NextStep.STOP:
        parts.append(_render_section("Left and right", sides))
        parts.append(_render_section("A thought, no more", [PATTERNS[one] for one in patterns]))
    ways = [f"{name}: {why}" for name, why in (WAYS_ON[way] for way in list_ways_on(patterns, outcome.step))]
    parts.append(_render_section("Ways on", ways))
    return "".join(parts)


def render_carried(visits: Sequence[Visit]) -> str:
    """Return what changed since the first day; empty without an earlier visit."""
    carried = find_carry_over(visits)
    items = "".join(
        f"<li {_name_codes(one)}>{escape(write_carry_over(load_protocol(one.test_id), one))}</li>" for one in carried
    )
    return f'<h2 class="fc">{CARRIED}</h2><ul class="fc-sentences fc-carried">{items}</ul>' if items else ""


def render_changes(changes: Sequence[ChangedTest]) -> str:
    """Return the table of before and after."""
    rows = list_rows(changes, [load_protocol(one.test_id) for one in changes])
    head = "".join(f'<th scope="col">{words}</th>' for words in ("Test", "Before", "After", "Counts from", "Result"))
    body = "".join(
        f'<tr {_name_codes(one)}><th scope="row">{escape(row[0])}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for one, row in zip(changes, rows, strict=True)
    )
    return (
        '<div class="fc-scroll" role="region" aria-label="Before and after" tabindex="0">'
        f'<table class="fc fc-changes"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _name_codes(one: ChangedTest) -> str:
    """Return test, side and what became of it, as attributes."""
    return f'data-test="{one.test_id}" data-side="{one.side or ""}" data-change="{one.change}"'


def _render_section(title: str, sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f'<h2 class="fc">{title}</h2><ul class="fc-sentences">{items}</ul>' if items else ""

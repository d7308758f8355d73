"""Make docs/tests.md from the protocol files: what each test measures, its error, its sources.

    python docs/build_tests.py [--check]

`--check` writes nothing and fails (exit code 2) where the page would change.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from formcheck.program.body_tests.phrases import COMPLAINTS, LOW_TRUST, write_number
from formcheck.program.body_tests.protocol import Protocol, load_protocols, load_test_movement

PAGE = Path(__file__).resolve().parent / "tests.md"

HEAD = """\
# Tests before and after

A test is done three times after one practice try, and the median counts. What changes between two tests is compared
with the error of measuring: a change below the limit is “no clear change”, which is a normal answer. Left and right
are compared in the same way. This page is made by `python docs/build_tests.py` from the files in
`src/formcheck/protocols`; `formcheck tests list`, `show`, `run`, `compare` and `validate` use the same files, and so
does the page *Before and after* of the app.

**The limit.** From three visits on, the person's own error is known: the trials of a visit give the error of one try
(SEM), the visits give the error of setting up again. The smallest change that can be detected is 1.96 · √(2 ·
SEM²_set-up + 2 · SEM²_try / tries); within a visit the first part is zero. Until then, and where it is larger, the
default of the test counts. **Every default is provisional**: most come from other instruments, and none was measured
for one camera by us.

**What is compared.** Camera, clothes and place stay as they are within a visit. Then the error of the camera is in
both numbers and cancels. Over the weeks, the beginning of today is compared with the beginning of the first day, not
the end of a visit with its beginning: a gain of the same day shows that a person responds to something, not that it
stays.

**Centimetres** come from the body height that the person enters. Standing tests take the height of the ears as 0.93
of it, give or take 0.02; sitting tests take the trunk as 0.288 of it, give or take 0.023. This doubt is part of every
result. Without a height the result is in trunk lengths.

**Decisions** follow the table of the catalogue, section 4.3; pain that rises by two points or more, and new signs,
end a visit whatever the numbers say.

| test | what | measured | counts the same day | another day | chosen for |
|---|---|---|---|---|---|
"""


def write_page() -> str:
    """Return the whole page."""
    protocols = load_protocols()
    rows = "".join(f"{_write_row(one)}\n" for one in protocols)
    return HEAD + rows + "\n" + "\n".join("\n".join(_list_section(one)) for one in protocols)


def _write_row(one: Protocol) -> str:
    chosen = ", ".join(COMPLAINTS[complaint] for complaint in one.complaints) or "on request"
    what = one.measure.name if one.measure else "-"
    limits = [_write_limit(one, same_day=same_day) for same_day in (True, False)]
    return f"| [{one.id}](#{_name_anchor(one)}) | {one.name} | {what} | {' | '.join(limits)} | {chosen} |"


def _write_limit(one: Protocol, *, same_day: bool) -> str:
    if one.threshold is None or one.measure is None:
        return "-"
    value = one.threshold.same_day if same_day else one.threshold.other_day
    if one.threshold.relative:
        return f"{value:g} % of before"
    return write_number(value, one.measure.unit, 0 if value == round(value) else 1)


def _name_anchor(one: Protocol) -> str:
    text = f"{one.id} · {one.name}".lower()
    return "".join(c for c in text.replace(" ", "-") if c.isalnum() or c == "-")


def _list_section(one: Protocol) -> Iterator[str]:
    low = f" ({LOW_TRUST})" if one.trust == "low" else ""
    yield f"## {one.id} · {one.name}"
    yield ""
    yield one.about + low
    yield ""
    yield from (f"{number}. {step}" for number, step in enumerate(one.instruction, start=1))
    yield ""
    if one.movement:
        movement = load_test_movement(one)
        yield f"- **Camera:** {movement.view.text}"
        closed = sorted(sign.replace("_", " ") for sign, rule in movement.avoided.items() if rule.offer == "closed")
        if closed:
            yield f"- **Left out** for people who answered yes to: {', '.join(closed)}."
    else:
        yield f"- **Not measured by the camera:** {one.why}"
    if one.measure is not None:
        yield f"- **Number:** {_describe_number(one)}"
    if one.threshold is not None:
        yield (
            f"- **A change counts** from {_write_limit(one, same_day=True)} the same day, "
            f"{_write_limit(one, same_day=False)} another day (provisional; {one.threshold.source})."
        )
        if one.threshold.usual_between_sides:
            yield f"- **Between sides** a difference of {one.threshold.usual_between_sides:g}° is usual."
    yield f"- **Published error:** {one.published.error}"
    yield f"- **Usual values, for context only:** {one.published.usual}"
    yield f"- **Sources** ({one.published.source}): " + "; ".join(f"{tag}: {name}" for tag, name in one.sources.items())
    yield ""


def _describe_number(one: Protocol) -> str:
    assert one.measure is not None  # noqa: S101 - the caller looked
    signal = f" of `{one.measure.signal}`" if one.measure.signal else ""
    conditions = " and ".join(
        f"`{c.signal}` is {'above' if c.above is not None else 'below'} {c.above if c.above is not None else c.below:g}"
        for c in one.measure.while_
    )
    while_ = f", while {conditions}" if conditions else ""
    wanted = {
        True: "more is the wanted direction",
        False: "less is the wanted direction",
        None: "no direction is wanted",
    }
    return f"{one.measure.statistic.replace('_', ' ')}{signal}{while_}; {wanted[one.measure.more_is_better]}."


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page would change")
    if not parser.parse_args().check:
        PAGE.write_text(write_page(), "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == write_page():
        return 0
    print("docs/tests.md: expected what the protocol files say; run python docs/build_tests.py", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""Define `formcheck tests`: what each test measures, do one on recordings, and compare before with after."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .fps_option import FpsOption

if TYPE_CHECKING:
    from formcheck.core.skeleton import Side
    from formcheck.program.body_tests.protocol import Protocol
    from formcheck.program.body_tests.results import ChangedTest, Taken
    from formcheck.program.body_tests.trials import TrialValue
    from formcheck.program.change import OwnError

tests = typer.Typer(
    help="Tests before and after: what changed, and what is only error.", no_args_is_help=True, rich_markup_mode=None
)

TestArgument = Annotated[str, typer.Argument(help="A test such as T1, or a .toml file.")]
SideOption = Annotated[Literal["left", "right", "auto"], typer.Option(help="Side that is tested.")]
HeightOption = Annotated[float | None, typer.Option(help="Body height, for results in cm.", min=80, max=250)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@tests.command("list", epilog="Example: formcheck tests list")
def list_tests() -> None:
    """List the tests: id, name, camera, what is measured."""
    from formcheck.program.body_tests.protocol import load_protocols, load_test_movement

    for one in load_protocols():
        camera = load_test_movement(one).view.camera if one.movement else "no camera"
        low = "; little trust" if one.trust == "low" else ""
        typer.echo(f"{one.id:4} {one.name:28} {camera:9} {one.measure.name if one.measure else '-'}{low}")


@tests.command("show", epilog="Example: formcheck tests show T1")
def show_test(test: TestArgument) -> None:
    """Show how a test is done, what it measures, its error and its sources."""
    import textwrap

    from formcheck.program.body_tests.protocol import load_protocol

    one = load_protocol(test)
    typer.echo(f"{one.id}  {one.name}\n{one.about}\n")
    for number, step in enumerate(one.instruction, start=1):
        typer.echo(textwrap.fill(step, 88, initial_indent=f"  {number}. ", subsequent_indent="     "))
    limit = one.threshold
    if limit is not None and one.measure is not None:
        unit = "%" if limit.relative else one.measure.unit
        typer.echo(
            f"\na change counts from {limit.same_day:g} {unit} the same day, {limit.other_day:g} {unit} another day"
        )
        typer.echo(f"(provisional: {limit.source})")
    for label, text in (
        ("published error", one.published.error),
        ("usual values, for context only", one.published.usual),
    ):
        typer.echo(textwrap.fill(f"{label}: {text}", 88))
    for tag, source in one.sources.items():
        typer.echo(f"  {tag}: {source}")


@tests.command("validate", epilog="Example: formcheck tests validate my_test.toml")
def validate_tests(files: Annotated[list[Path], typer.Argument(help="Protocol files.")]) -> None:
    """Check protocol files and report every problem at once."""
    from formcheck.core.errors import MovementFileError
    from formcheck.program.body_tests.protocol import load_protocol, load_test_movement

    bad = False
    for file in files:
        try:
            one = load_protocol(file)
            if one.movement:
                load_test_movement(one)
        except MovementFileError as error:
            typer.echo(str(error), err=True)
            bad = True
        else:
            typer.echo(f"{file.name}: good ({one.name}, {one.trials} trials)")
    if bad:
        raise typer.Exit(2)


@tests.command("run", epilog="Example: formcheck tests run T1 bow.mp4 --keep before")
def run_test(
    test: TestArgument,
    recordings: Annotated[list[Path], typer.Argument(help="One recording of all tries, or one for each.")],
    side: SideOption = "auto",
    height_cm: HeightOption = None,
    calibration: Annotated[Path | None, typer.Option(help="File with your neutral back.")] = None,
    keep: Annotated[
        Literal["before", "after"] | None, typer.Option(help="Store the tries in your visit of today.")
    ] = None,
    json: JsonOption = False,
    fps: FpsOption = "all",
) -> None:
    """Do one test on recordings: each try with its uncertainty, their median, and how much they vary."""
    from formcheck.program.body_tests.phrases import write_taken
    from formcheck.program.body_tests.protocol import load_protocol
    from formcheck.program.body_tests.results import collect_trials

    protocol, named = load_protocol(test), None if side == "auto" else side
    trials = _read_recordings(protocol, recordings, named, height_cm, calibration, fps, quiet=json)
    found = [
        (one, collect_trials(protocol, [t for t in trials if t.side == one])) for one in _list_tested_sides(trials)
    ]
    if keep is not None:
        _keep(protocol, keep, trials)
    if json:
        sides = [_describe_taken(protocol, one, taken, [t for t in trials if t.side == one]) for one, taken in found]
        _print_json({"test": protocol.id, "name": protocol.name, "sides": sides})
        return
    for one, taken in found:
        typer.echo(write_taken(protocol, taken, one))
    _print_table(
        ("try", "value", "give or take", "why not"),
        [_write_trial(number, one, protocol) for number, one in enumerate(trials, start=1)],
    )


@tests.command(
    "compare", epilog="Example: formcheck tests compare T1 --before monday.mp4 --after tuesday.mp4 --other-day"
)
def compare_tests(
    test: Annotated[str, typer.Argument(help="A test such as T1; left out: your newest visit in the history.")] = "",
    before: Annotated[list[Path] | None, typer.Option(help="Recordings from before; repeat the option.")] = None,
    after: Annotated[list[Path] | None, typer.Option(help="Recordings from after.")] = None,
    other_day: Annotated[bool, typer.Option("--other-day", help="The camera was set up again in between.")] = False,
    side: SideOption = "auto",
    height_cm: HeightOption = None,
    calibration: Annotated[Path | None, typer.Option(help="File with your neutral back.")] = None,
    json: JsonOption = False,
    fps: FpsOption = "all",
) -> None:
    """Say what changed beyond the error of measuring it: one sentence, one table."""
    from formcheck.program.body_tests.protocol import load_protocol
    from formcheck.program.body_tests.results import collect_trials, compare_taken
    from formcheck.program.change import OwnError

    if not before and not after:
        protocols, changes = _compare_in_history(test)
    else:
        if not test or not before or not after:
            came = f"got {test or 'no test'}, {len(before or [])} before and {len(after or [])} after"
            raise typer.BadParameter(f"expected a test, --before and --after; {came}", param_hint="--before")
        protocol, named = load_protocol(test), None if side == "auto" else side
        then, now = (
            _read_recordings(protocol, some, named, height_cm, calibration, fps, quiet=json) for some in (before, after)
        )
        own = OwnError(None, None, 0)
        changes = [
            compare_taken(
                protocol, *(collect_trials(protocol, [t for t in trials if t.side == one]) for trials in (then, now)),
                side=one, own=own, same_setup=not other_day,
            )
            for one in _list_tested_sides([*then, *now])
        ]  # fmt: skip
        protocols = [protocol] * len(changes)
    _print_changes(protocols, changes, as_json=json)


def _compare_in_history(test: str) -> tuple[list[Protocol], list[ChangedTest]]:
    """Return the changes of the newest visit; of one test, if it is named."""
    from formcheck.drivers.body_tests.visits import read_visits
    from formcheck.drivers.history.history import History
    from formcheck.program.body_tests.protocol import load_protocol
    from formcheck.program.body_tests.visit import compare_before_after

    with History() as stored:
        people = stored.list_people()
        visits = list(read_visits(stored, people[0]).values()) if people else []
    changes = [one for one in compare_before_after(visits) if test in ("", one.test_id)] if visits else []
    if not changes:
        came = "no visit with this test before and after" if test else "no visit with a test before and after"
        raise typer.BadParameter(f"expected one in the history, got {came}; name recordings", param_hint="--before")
    return [load_protocol(one.test_id) for one in changes], changes


def _read_recordings(
    protocol: Protocol,
    recordings: Sequence[Path],
    side: Side | None,
    height_cm: float | None,
    calibration: Path | None,
    fps: Any,
    *,
    quiet: bool,
) -> list[TrialValue]:
    from formcheck.core.calibration import load_calibration
    from formcheck.drivers.body_tests.recordings import read_trials
    from formcheck.drivers.recording.process_engine import ProcessEngine

    def note(warning: str) -> None:
        if not quiet:
            typer.echo(f"formcheck: {warning}", err=True)

    with ProcessEngine() as engine:
        return read_trials(
            protocol, recordings, side=side, height_cm=height_cm, engine=engine, fps=fps, on_warning=note,
            calibration=load_calibration(calibration) if calibration else None,
        )  # fmt: skip


def _keep(protocol: Protocol, moment: Literal["before", "after"], trials: Sequence[TrialValue]) -> None:
    """Store trials in the visit under way; without one, one begins that has this test only."""
    from datetime import UTC, datetime

    from formcheck.drivers.body_tests.visits import begin_visit, find_visit_under_way, keep_trials
    from formcheck.drivers.history.history import History
    from formcheck.program.body_tests.protocol import Complaint

    with History() as stored:
        person, now = stored.find_first_person(), datetime.now(UTC)
        session_id = find_visit_under_way(stored, person, now)
        if session_id is None:
            session_id = begin_visit(
                stored, person, now, next(iter(protocol.complaints), Complaint.STIFF), [protocol.id]
            )
        keep_trials(stored, session_id, protocol.id, moment, trials, now=now)


def _list_tested_sides(trials: Iterable[TrialValue]) -> list[Side | None]:
    return list(dict.fromkeys(one.side for one in trials)) or [None]


def _write_trial(number: int, one: TrialValue, protocol: Protocol) -> tuple[str, str, str, str]:
    from formcheck.program.body_tests.phrases import NO_VALUES, write_number

    decimals = protocol.measure.decimals if protocol.measure else 0
    why = NO_VALUES[one.why] if one.why else ""
    around = "" if one.why else write_number(one.uncertainty, one.unit, decimals)
    return str(number), "-" if one.why else write_number(one.value, one.unit, decimals), around, why


def _print_changes(protocols: Sequence[Protocol], changes: Sequence[ChangedTest], *, as_json: bool) -> None:
    from formcheck.program.body_tests.phrases import PROVISIONAL, is_provisional, list_rows, write_change

    if as_json:
        tests = [
            {
                "test": one.test_id,
                "side": one.side,
                "before": _known(one.before),
                "after": _known(one.after),
                "unit": one.unit,
                "threshold": _known(one.threshold.value),
                "provisional": not one.threshold.own,
                "change": one.change,
            }
            for one in changes
        ]
        _print_json({"tests": tests})
        return
    for protocol, one in zip(protocols, changes, strict=True):
        typer.echo(write_change(protocol, one))
    _print_table(("test", "before", "after", "counts from", "result"), list_rows(changes, protocols))
    if is_provisional(changes):
        typer.echo(PROVISIONAL)


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    typer.echo("")
    for row in (head, *rows):
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


# JSON -----------------------------------------------------------------------------------------------------------------


def _print_json(content: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(content, indent=1, allow_nan=False))


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)


def _describe_taken(
    protocol: Protocol, side: Side | None, taken: Taken, trials: Sequence[TrialValue]
) -> dict[str, Any]:
    from formcheck.program.body_tests.results import estimate_test_error, find_default

    own: OwnError = estimate_test_error([taken])
    limits: dict[str, Any] = {}
    if protocol.threshold is not None:
        for name, same_setup in (("same_day", True), ("other_day", False)):
            value = find_default(protocol.threshold, unit=taken.unit, first=taken.median, same_setup=same_setup)
            limits[name] = {"value": _known(value), "provisional": True}
    return {
        "side": side,
        "unit": taken.unit,
        "median": _known(taken.median),
        "uncertainty": _known(taken.uncertainty),
        "sem_trial": _known(own.trial),
        "trials": [
            {"value": _known(one.value), "uncertainty": _known(one.uncertainty), "unit": one.unit, "why": one.why}
            for one in trials
        ],
        "thresholds": limits,
    }

"""Define the commands for a therapist's desk: report, compare, correct, prescription."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from formcheck.sinks.report.content import Table

prescription = typer.Typer(no_args_is_help=True, help="What is prescribed to one person, as a file.")


def report(
    result: Annotated[Path, typer.Argument(metavar="RESULT_DIR", help="Folder of `formcheck check --out`.")],
    compare: Annotated[Path | None, typer.Option(help="An earlier result of the same movement.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write pages instead of HTML.")] = False,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    patient: Annotated[str, typer.Option(help="Name or code to print.")] = "",
    complaint: Annotated[str, typer.Option(help="What brought the person here.")] = "",
    prescribed: Annotated[Path | None, typer.Option("--prescription", help="File with goal, plan and review.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: in the folder itself.")] = None,
) -> None:
    """Write a report to print: verdict, pictures, measures against last time, faults, plan."""
    from formcheck.drivers.therapist.prescription_file import load_prescription
    from formcheck.drivers.therapist.report import make_report

    if paper not in ("A4", "Letter"):
        raise typer.BadParameter(f"expected A4 or Letter, got {paper!r}", param_hint="--paper")
    written = make_report(
        result,
        out=out,
        compare=compare,
        pdf=pdf,
        paper="Letter" if paper == "Letter" else "A4",
        patient=patient,
        complaint=complaint,
        prescription=None if prescribed is None else load_prescription(prescribed),
    )
    typer.echo(f"{written}: written")


def compare_two(
    result: Annotated[Path, typer.Argument(metavar="RESULT_DIR", help="Folder of `formcheck check --out`.")],
    other: Annotated[
        Path | None, typer.Argument(metavar="OTHER", help="Another result; default: left against right.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the page, JSON and tables.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the differences as JSON and nothing else.")] = False,
) -> None:
    """Compare two results of a movement, or both sides of one, by phase of the repetition."""
    from formcheck.drivers.therapist.comparison import compare_results
    from formcheck.drivers.therapist.comparison_page import describe_as_json, tabulate_differences, write_comparison

    found = compare_results(result, other)
    page = None if out is None else write_comparison(found, out)
    if json:
        typer.echo(dumps(describe_as_json(found), indent=1, ensure_ascii=False, allow_nan=False))
        return
    first, second = found.names
    typer.echo(f"First: {first}. Second: {second}. A difference is the first minus the second.\n")
    _print_differences(tabulate_differences(found))
    if page is not None:
        typer.echo(f"{page}: written")


def _print_differences(table: Table) -> None:
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=None, pad_edge=False, show_edge=False)
    for number, title in enumerate(table.head):
        drawn.add_column(Text(title), justify="left" if number in (0, len(table.head) - 1) else "right")
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    Console(highlight=False).print(drawn)


def correct(
    result: Annotated[Path, typer.Argument(metavar="RESULT_DIR", help="Folder of `formcheck check --out`.")],
    by: Annotated[str, typer.Option(help="Who corrects.")],
    reject: Annotated[list[str] | None, typer.Option(help="A fault that is not there: ID or ID@SECONDS.")] = None,
    add: Annotated[list[str] | None, typer.Option(help="A fault that was missed: ID@FROM-TO, seconds.")] = None,
    cut: Annotated[list[str] | None, typer.Option(help="A part not to judge: FROM-TO, seconds.")] = None,
    neutral: Annotated[float | None, typer.Option(help="The second that shows the own long back.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last correction back.")] = False,
) -> None:
    """Correct a result: beside what was measured, never in it; the verdict follows at once."""
    from formcheck.drivers.therapist.corrected import add_correction, load_measured, load_shown, take_back_last

    if undo:
        take_back_last(result, by=by)
    for text in reject or []:
        fault, _, at = text.partition("@")
        starts = [one.from_s for one in load_measured(result).faults if one.id == fault]
        for from_s in [_parse_seconds(at, "--reject")] if at else starts:
            add_correction(result, "reject_fault", by=by, fault=fault, from_s=from_s)
    for text in add or []:
        fault, _, span = text.partition("@")
        from_s, to_s = _read_span(span, "--add")
        add_correction(result, "add_fault", by=by, fault=fault, from_s=from_s, to_s=to_s)
    for text in cut or []:
        from_s, to_s = _read_span(text, "--cut")
        add_correction(result, "cut_span", by=by, from_s=from_s, to_s=to_s)
    if neutral is not None:
        add_correction(result, "set_neutral", by=by, at_s=neutral)
    shown = load_shown(result)
    typer.echo(f"{result.name}: {shown.verdict}. {shown.why}")


def _read_span(text: str, option: str) -> tuple[float, float]:
    first, between, last = text.partition("-")
    if not between:
        raise typer.BadParameter(f"expected FROM-TO in seconds, got {text!r}", param_hint=option)
    return _parse_seconds(first, option), _parse_seconds(last, option)


def _parse_seconds(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"expected seconds, got {text!r}", param_hint=option) from None


@prescription.command(name="show", epilog="Example: formcheck prescription show a17.toml")
def show_prescription(
    file: Annotated[Path, typer.Argument(help="TOML file of a prescription.")],
) -> None:
    """Show what is prescribed, and what differs from the movement files."""
    from formcheck.core.movement.load import load_movement
    from formcheck.drivers.therapist.prescription_file import load_prescription
    from formcheck.program.therapist.prescription import describe_change, list_prescribed_changes

    found = load_prescription(file)
    typer.echo(
        f"{found.patient}, {found.days_a_week} days a week" + (f", review {found.review_on}" if found.review_on else "")
    )
    for one in found.movements:
        movement = load_movement(one.movement)
        typer.echo(f"\n{movement.name}" + (" (the easier way)" if one.variant == "easier" else ""))
        for change in list_prescribed_changes(one):
            typer.echo(f"  {describe_change(change, movement)}")


@prescription.command(name="write", epilog="Example: formcheck prescription write a17.toml --out a17")
def write_movements(
    file: Annotated[Path, typer.Argument(help="TOML file of a prescription.")],
    out: Annotated[Path, typer.Option(help="Folder for the movement files of this person.")],
) -> None:
    """Write the movement files of this person, for `check --movement FILE` and `batch`."""
    from formcheck.drivers.therapist.prescription_file import load_prescription, write_own_movements

    for path in write_own_movements(load_prescription(file), out):
        typer.echo(f"{path}: written")


@prescription.command(name="give", epilog='Example: formcheck prescription give a17.toml --person "Anna"')
def give_plan(
    file: Annotated[Path, typer.Argument(help="TOML file of a prescription.")],
    person: Annotated[str, typer.Option(help="Name of the person on this computer; default: the first one.")] = "",
) -> None:
    """Let a person on this computer practise by it: their stretches, amounts and limits."""
    from formcheck.core.movement.toml_files import MAX_FILE_BYTES, read_file_bytes
    from formcheck.drivers.therapist.own_plan import keep_own_plan

    plan = keep_own_plan(read_file_bytes(file, MAX_FILE_BYTES), file.name, _find_key(person))
    typer.echo(f"{file.name}: {len(plan.movements)} movements are what the coach offers now")


@prescription.command(name="take-back", epilog="Example: formcheck prescription take-back")
def take_plan_back(
    person: Annotated[str, typer.Option(help="Name of the person on this computer; default: the first one.")] = "",
) -> None:
    """Let a person practise without a plan again."""
    from formcheck.drivers.therapist.own_plan import delete_own_plan

    was_there = delete_own_plan(_find_key(person))
    typer.echo("The plan is gone." if was_there else "There was no plan.")


def _find_key(name: str) -> str:
    """Return the key of a person of this computer by their name."""
    from formcheck.drivers.history.history import History
    from formcheck.drivers.user_data import FIRST

    if not name:
        return FIRST
    with History() as history:
        people = history.list_people()
    found = next((one for one in people if one.name == name), None)
    if found is None:
        raise typer.BadParameter(
            f"expected one of {', '.join(one.name for one in people) or 'nobody yet'}, got {name!r}",
            param_hint="--person",
        )
    return found.key

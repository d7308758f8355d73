"""Define the commands for a therapist's desk: report, compare, correct, prescription."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from formcheck.core.errors import keep_on_a_line

if TYPE_CHECKING:
    from formcheck.drivers.patients.folders import PatientFolder
    from formcheck.sinks.report.content import Table

prescription = typer.Typer(no_args_is_help=True, help="What is prescribed to one person, as a file.")
patient = typer.Typer(no_args_is_help=True, help="A folder for each patient on this machine.")
PassphraseFile = Annotated[
    Path | None, typer.Option(help="File whose first line is the passphrase; default: it is asked for.")
]
Code = Annotated[str, typer.Argument(help="Code of the patient; it is never encrypted, so do not use a name.")]


def report(
    result: Annotated[Path, typer.Argument(metavar="RESULT_DIR", help="Folder of `formcheck check --out`.")],
    compare: Annotated[Path | None, typer.Option(help="An earlier result of the same movement.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write pages instead of HTML.")] = False,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    patient: Annotated[str, typer.Option(help="Name or code to print.")] = "",
    complaint: Annotated[str, typer.Option(help="What brought the person here.")] = "",
    pain: Annotated[int | None, typer.Option(min=0, max=10, help="Pain now, as the person says, 0 to 10.")] = None,
    adherence: Annotated[str, typer.Option(help='Done of planned, such as "7 of 9 sets".')] = "",
    prescribed: Annotated[Path | None, typer.Option("--prescription", help="File with goal, plan and review.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: in the folder itself.")] = None,
    blur_faces: Annotated[bool, typer.Option("--blur-faces", help="Hide the face in the pictures.")] = False,
) -> None:
    """Write a report to print: verdict, pictures, measures compared with last time, faults, plan."""
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
        pain=pain,
        adherence=adherence,
        prescription=None if prescribed is None else load_prescription(prescribed),
        blur_faces=blur_faces,
    )
    if blur_faces:
        from formcheck.drivers.therapist.hidden_faces import OTHERS

        typer.echo(f"formcheck: {OTHERS}", err=True)
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


def draft(
    recordings: Annotated[
        list[Path], typer.Argument(metavar="DEMONSTRATION...", help="Results, saved poses or videos of good form.")
    ],
    name: Annotated[str, typer.Option(help="Name of the new movement.")],
    out: Annotated[Path | None, typer.Option(help="TOML file to write.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it among the own movements of this computer.")] = False,
    like: Annotated[str | None, typer.Option(help="Id of the movement whose measures and faults it takes.")] = None,
) -> None:
    """Draft a movement file from about three good repetitions, and list what is unsure."""
    from formcheck.drivers.own_movements import keep_own_movement, load_own_movements
    from formcheck.drivers.therapist.draft import draft_movement, write_draft

    if (out is None) is not keep:
        raise typer.BadParameter("expected one of --out and --keep", param_hint="--out")
    found = draft_movement(recordings, name=name, like=like)
    if out is None:
        kept = keep_own_movement(found.text.encode("utf-8"))
        written = load_own_movements().paths[kept.id]
    else:
        written = write_draft(found, out)
    typer.echo("Not sure:")
    for line in found.unsure:
        typer.echo(f"- {line}")
    typer.echo(f"{written}: written from {found.repetitions} repetitions")


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
    """Correct a result; what was measured is kept, and the verdict follows at once."""
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
    from formcheck.drivers.own_movements import load_own_movements
    from formcheck.drivers.therapist.prescription_file import load_prescription
    from formcheck.program.routines.schema import find_routine_movement
    from formcheck.program.therapist.prescription import describe_change, list_prescribed_changes

    found, own = load_prescription(file), load_own_movements()
    typer.echo(
        f"{found.patient}, {found.days_a_week} days a week" + (f", review {found.review_on}" if found.review_on else "")
    )
    for one in found.movements:
        movement = find_routine_movement(one.movement, own.movements)
        if movement is None:  # its own file went this moment
            continue
        typer.echo(f"\n{movement.name}" + (" (the easier way)" if one.variant == "easier" else ""))
        for change in list_prescribed_changes(one, own.contents):
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


@patient.command(name="add", epilog="Example: formcheck patient add A-17 --encrypt")
def add(
    code: Code,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Ask for a passphrase that encrypts what is kept.")
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make the folder of a new patient."""
    from formcheck.drivers.patients.folders import add_patient
    from formcheck.drivers.patients.vault import FORGOTTEN

    secret = _read_passphrase(passphrase_file, is_new=True) if encrypt else None
    folder = add_patient(code, passphrase=secret)
    typer.echo(f"{folder.path}: made" + (f". Keep the passphrase: {FORGOTTEN}." if encrypt else ""))


@patient.command(name="list", epilog="Example: formcheck patient list")
def list_codes() -> None:
    """List the patients of this machine."""
    from formcheck.drivers.patients.folders import is_encrypted, list_patients

    for code, path in list_patients().items():
        typer.echo(f"{keep_on_a_line(code)}\t{'encrypted' if is_encrypted(path) else 'readable'}")


@patient.command(name="keep", epilog="Example: formcheck patient keep A-17 result")
def keep(
    code: Code,
    result: Annotated[Path, typer.Argument(metavar="RESULT_DIR", help="Folder of `formcheck check --out`.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Copy a result into a patient's folder; the folder that you name stays as it is."""
    folder = _open_folder(code, passphrase_file)
    kept = folder.keep_result(result)
    typer.echo(f"{kept.name}: {len(kept.files)} files kept for {keep_on_a_line(code)}")


@patient.command(name="show", epilog="Example: formcheck patient show A-17")
def show_patient(code: Code, passphrase_file: PassphraseFile = None) -> None:
    """List what is kept of a patient, and what was exported."""
    index = _open_folder(code, passphrase_file).read_index()
    for one in index.results:
        label = f"\t{keep_on_a_line(one.label)}" if one.label else ""
        typer.echo(f"kept\t{one.kept_utc:%Y-%m-%d %H:%M}\t{keep_on_a_line(one.name)}{label}")
    for entry in index.exports:
        line = f"exported\t{entry.at_utc:%Y-%m-%d %H:%M}\t{entry.what} to {entry.to}"
        typer.echo(keep_on_a_line(line).replace("\\t", "\t"))


@patient.command(name="take-out", epilog="Example: formcheck patient take-out A-17 monday --out monday")
def take_out(
    code: Code,
    name: Annotated[str, typer.Argument(help="A kept result.")],
    out: Annotated[Path, typer.Option(help="Folder for its files; they are readable there.")],
    passphrase_file: PassphraseFile = None,
    blur_faces: Annotated[bool, typer.Option("--blur-faces", help="Hide the face in the annotated film.")] = False,
) -> None:
    """Write a kept result to a folder; the patient's log of exports says so."""
    written = _open_folder(code, passphrase_file).take_out(name, out, blur_faces=blur_faces)
    typer.echo(f"{written}: written")


@patient.command(name="encrypt", epilog="Example: formcheck patient encrypt A-17")
def encrypt_folder(code: Code, passphrase_file: PassphraseFile = None) -> None:
    """Encrypt the folder of a patient."""
    from formcheck.drivers.patients.folders import open_patient
    from formcheck.drivers.patients.vault import FORGOTTEN

    open_patient(code).encrypt(_read_passphrase(passphrase_file, is_new=True))
    typer.echo(f"{keep_on_a_line(code)}: encrypted. Keep the passphrase: {FORGOTTEN}.")


@patient.command(name="passphrase", epilog="Example: formcheck patient passphrase A-17")
def change_passphrase(
    code: Code,
    passphrase_file: PassphraseFile = None,
    new_file: Annotated[Path | None, typer.Option(help="File with the new one; default: it is asked for.")] = None,
) -> None:
    """Give an encrypted patient another passphrase."""
    folder = _open_folder(code, passphrase_file)
    folder.change_passphrase(_read_passphrase(new_file, is_new=True))
    typer.echo(f"{keep_on_a_line(code)}: the new passphrase holds, the old one no longer")


@patient.command(name="delete", epilog="Example: formcheck patient delete A-17 --yes")
def delete(code: Code, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete everything that is kept of a patient."""
    from formcheck.drivers.patients.folders import delete_patient

    if not yes:
        typer.confirm(f"Delete everything of {keep_on_a_line(code)}? It cannot be taken back", abort=True)
    delete_patient(code)
    typer.echo(f"{keep_on_a_line(code)}: deleted")


def _open_folder(code: str, passphrase_file: Path | None) -> PatientFolder:
    from formcheck.drivers.patients.folders import is_encrypted, list_patients, open_patient

    path = list_patients().get(code)
    secret = _read_passphrase(passphrase_file) if path is not None and is_encrypted(path) else None
    return open_patient(code, passphrase=secret)


def _read_passphrase(file: Path | None, *, is_new: bool = False) -> str:
    if file is None:
        words = "New passphrase" if is_new else "Passphrase"
        return str(typer.prompt(words, hide_input=True, confirmation_prompt=is_new))
    try:
        return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, ValueError):
        raise typer.BadParameter(f"expected a text file, got {file.name!r}", param_hint="--passphrase-file") from None


@prescription.command(name="give", epilog='Example: formcheck prescription give a17.toml --person "Anna"')
def give_plan(
    file: Annotated[Path, typer.Argument(help="TOML file of a prescription.")],
    person: Annotated[str, typer.Option(help="Name of the person on this computer; default: the first one.")] = "",
) -> None:
    """Let a person on this computer practise by a prescription: its stretches, doses and limits."""
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

"""Define `formcheck history`: see, take away and delete what is stored about the people at this computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from formcheck.drivers.history.history import History
    from formcheck.drivers.history.records import Person

history = typer.Typer(help="What is stored about you on this computer.", no_args_is_help=True, rich_markup_mode=None)

PersonOption = Annotated[str, typer.Option("--person", help="Name of a person; needed if there are several.")]


@history.command("list", epilog="Example: formcheck history list")
def list_history(person: PersonOption = "") -> None:
    """List the sessions of a person, and the sets in them."""
    with _open_history() as stored:
        if (who := _find_person(stored, person)) is None:
            typer.echo(f"{stored.path.name}: nothing is stored yet")
            return
        of_session: dict[int, list[str]] = {}
        for session_id, one in stored.list_sets(who):
            held = "" if one.held_s is None else f", held {one.held_s:.0f} s"
            of_session.setdefault(session_id, []).append(f"  {one.movement_id}: {one.verdict}{held}")
        sessions = stored.list_sessions(who)
        for session in sessions:
            routine = f", {session.routine_id}" if session.routine_id else ""
            typer.echo(f"{session.begun.astimezone():%Y-%m-%d %H:%M}{routine}")
            for line in of_session.get(session.id, ()):
                typer.echo(line)
        typer.echo(f"{who.name}: {len(sessions)} sessions, {sum(map(len, of_session.values()))} sets")


@history.command("export", epilog="Example: formcheck history export --out me.json")
def export_history(
    out: Annotated[Path, typer.Option(help="A .json file, or a folder for CSV files.")], person: PersonOption = ""
) -> None:
    """Write everything that is stored about a person: JSON into a .json file, else CSV into a folder."""
    from formcheck.drivers.my_data import export_csv, export_json

    with _open_history() as stored:
        if (who := _find_person(stored, person)) is None:
            typer.echo(f"{stored.path.name}: nothing is stored yet")
            return
        write = export_json if out.suffix.lower() == ".json" else export_csv
        rows = write(stored, who, out)
    typer.echo(f"{out}: {rows} rows about {who.name}")


@history.command("delete", epilog="Example: formcheck history delete --yes")
def delete_history(
    person: PersonOption = "", yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Delete everything that is stored about a person; nobody can bring it back.

    Answers, calibration and stored results of the app go with the history.
    """
    from formcheck.drivers.my_data import delete_person

    with _open_history() as stored:
        if (who := _find_person(stored, person)) is None:
            typer.echo(f"{stored.path.name}: nothing is stored yet")
            return
        if not yes:
            typer.confirm(f"Delete everything about {who.name}? It cannot be brought back.", abort=True, err=True)
        removed = stored.delete_person(who)
    gone = delete_person(who.key)
    rows = ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in removed.rows.items())
    typer.echo(f"{who.name}: deleted {rows}")
    if gone:
        typer.echo(f"{who.name}: deleted {', '.join(f'{count} {code}' for code, count in gone.items())} of the app")
    for name in removed.files:
        typer.echo(f"{name}: deleted, an older copy")


def _open_history() -> History:
    """Open the history; say if a damaged one was set aside."""
    from formcheck.drivers.history.history import History

    stored = History()
    if stored.aside is not None:
        typer.echo(f"formcheck: {stored.path.name} was damaged; it is kept as {stored.aside.name}", err=True)
    return stored


def _find_person(stored: History, name: str) -> Person | None:
    """Return the person of a name, the only person without one; None if nobody is stored."""
    people = stored.list_people()
    if not name and len(people) <= 1:
        return people[0] if people else None
    found = next((one for one in people if one.name == name), None)
    if found is None:
        came = f"got {name}" if name else f"got no --person, and {len(people)} people are stored"
        names = ", ".join(one.name for one in people) or "nobody"
        raise typer.BadParameter(f"expected one of {names}; {came}", param_hint="--person")
    return found

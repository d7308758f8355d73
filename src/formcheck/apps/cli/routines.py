"""The commands about routines: list them, show what one does today, check files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

routines = typer.Typer(help="Routines: several movements in an order.", no_args_is_help=True, rich_markup_mode=None)


@routines.command("list", epilog="Example: formcheck routines list")
def routines_list() -> None:
    """List the routines: id, name, minutes, parts; own files as well."""
    from formcheck.drivers.todays_routines import load_known_routines

    from .routine_text import list_routine_rows

    known = load_known_routines()
    for line in list_routine_rows(known.routines):
        typer.echo(line)
    for one in known.refused:
        typer.echo(f"{one.name}: cannot be used; check it with `formcheck routines validate`", err=True)


@routines.command("show", epilog="Example: formcheck routines show six_stretches --minutes 10")
def routines_show(
    routine: Annotated[str, typer.Argument(help="Id or .toml file.")],
    minutes: Annotated[int | None, typer.Option(help="The minutes that you have.", min=1, max=120)] = None,
    calm: Annotated[bool, typer.Option("--calm", help="The calm way.")] = False,
) -> None:
    """Show the steps of a routine with their times, and where its order comes from."""
    from formcheck.drivers.todays_routines import find_known_routine
    from formcheck.program.routines.fit import Choices, plan_routine
    from formcheck.program.routines.load import read_routine

    from .routine_text import list_plan_lines

    found = read_routine(routine) if routine.endswith(".toml") else find_known_routine(routine)
    for line in list_plan_lines(plan_routine(found, Choices(minutes=minutes, calm=calm))):
        typer.echo(line)


@routines.command("validate", epilog="Example: formcheck routines validate my_routine.toml")
def routines_validate(files: Annotated[list[Path], typer.Argument(help="Routine files.")]) -> None:
    """Check routine files and report every problem at once."""
    from formcheck.core.errors import MovementFileError
    from formcheck.program.routines.load import check_routine_files

    bad = False
    for name, one, problems in check_routine_files(files):
        if one is None:
            typer.echo(str(MovementFileError(name, problems)), err=True)
            bad = True
        else:
            typer.echo(f"{name}: good ({one.id}, {len(one.parts)} parts, {one.time_s / 60:.0f} minutes)")
    if bad:
        raise typer.Exit(2)

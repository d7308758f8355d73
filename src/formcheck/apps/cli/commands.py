"""Define the `formcheck` command.

Heavy libraries are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .body_tests import tests
from .fps_option import FpsOption
from .history import history
from .research import agree, batch, export
from .therapist import compare_two, correct, draft, patient, prescription, report

app = typer.Typer(
    name="formcheck",
    help="A second pair of eyes for people who stretch their back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
movements = typer.Typer(help="The catalogue of movements.", no_args_is_help=True, rich_markup_mode=None)
routines = typer.Typer(help="Routines: several movements in an order.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(movements, name="movements")
app.add_typer(routines, name="routines")
app.add_typer(history, name="history")
app.add_typer(tests, name="tests")
app.add_typer(prescription, name="prescription")
app.add_typer(patient, name="patient")

RecordingArgument = Annotated[
    Path, typer.Argument(help="Video, photograph, folder of pictures, or a saved poses.parquet.")
]
PoseModelOption = Annotated[str, typer.Option(help="lite, full, heavy, or a .task file.")]
Engine = Annotated[str, typer.Option(help="What runs the pose model: direct, openvino, mediapipe, or auto.")]


@app.command(epilog="Example: formcheck check hinge.mp4 --movement hamstring_hinge_standing --out result --annotate")
def check(
    video: RecordingArgument,
    movement: Annotated[str, typer.Option(help="Movement id, a .toml file, or auto.")] = "auto",
    side: Annotated[str, typer.Option(help="Working side: left, right or auto.")] = "auto",
    calibration: Annotated[Path | None, typer.Option(help="File with your neutral back, from --keep-neutral.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
    annotate: Annotated[bool, typer.Option("--annotate", help="Also draw the verdict onto the video.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    pose_model: PoseModelOption = "full",
    engine: Engine = "auto",
    fps: FpsOption = "all",
    keep_neutral: Annotated[Path | None, typer.Option(help="Save your neutral back to this file.")] = None,
    patient_at: Annotated[
        str | None, typer.Option(help="Where the patient is among several people: X,Y@SECONDS, as 0.3,0.5@2.0.")
    ] = None,
) -> None:
    """Check one recording of a stretch and report what was seen."""
    from formcheck.drivers.batch.progress import show_progress_bar
    from formcheck.drivers.recording.check import check_recording
    from formcheck.drivers.recording.patient import PatientPoint
    from formcheck.drivers.recording.process_engine import ProcessEngine

    if side not in ("left", "right", "auto"):
        raise typer.BadParameter(f"expected left, right or auto, got {side!r}", param_hint="--side")
    if annotate and out is None:
        raise typer.BadParameter("expected --out DIR too, a folder for the video", param_hint="--annotate")
    patient = PatientPoint.parse(patient_at) if patient_at is not None else None
    with ProcessEngine(engine, pose_model) as own, show_progress_bar(video.name, quiet=json) as progress:
        summary = check_recording(
            video, movement=movement, side=side, calibration=calibration, engine=own, fps=fps, out=out,
            annotate=annotate, keep_neutral=keep_neutral, progress=progress, tell=_note,
            patient=patient,
        )  # fmt: skip
    if json:
        typer.echo(summary.model_dump_json(indent=1))
        return
    from formcheck.core.movement.load import AUTO, load_movement, load_unrecognised
    from formcheck.drivers.own_movements import locate_movement
    from formcheck.sinks.terminal import print_verdict

    found = summary.movement.id if movement == AUTO else movement
    unsure = summary.recognised is not None and summary.recognised.unsure
    print_verdict(summary, load_unrecognised() if unsure else load_movement(locate_movement(found)))


@app.command(epilog="Example: formcheck measure hinge.mp4 --out hinge.parquet")
def measure(
    video: RecordingArgument,
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    pose_model: PoseModelOption = "full",
    engine: Engine = "auto",
    fps: FpsOption = "all",
) -> None:
    """Write every measurement of every frame; no movement is needed."""
    from formcheck.drivers.batch.progress import show_progress_bar
    from formcheck.drivers.recording.check import measure_recording
    from formcheck.drivers.recording.process_engine import ProcessEngine

    with ProcessEngine(engine, pose_model) as own, show_progress_bar(video.name) as progress:
        frames = measure_recording(video, out=out, engine=own, fps=fps, progress=progress, on_warning=_note)
    typer.echo(f"{out}: {frames} frames")


app.command(epilog="Example: formcheck batch videos/ --movement hamstring_hinge_standing --out results")(batch)
app.command(epilog="Example: formcheck agree labels.csv results/results.parquet --out agreement")(agree)
app.command(epilog="Example: formcheck export result --to trc")(export)
app.command(epilog="Example: formcheck report result --compare earlier --pdf")(report)
app.command(name="compare", epilog="Example: formcheck compare result earlier --out comparison")(compare_two)
app.command(epilog="Example: formcheck draft result --name 'Wall bow' --out wall_bow.toml")(draft)
app.command(epilog="Example: formcheck correct result --by 'A. Therapist' --reject back_rounding")(correct)


@app.command(epilog="Example: formcheck doctor")
def doctor() -> None:
    """Show what is missing on this machine, and the command that installs it."""
    from .doctor import print_checks, run_checks

    raise typer.Exit(print_checks(run_checks()))


@app.command(name="app", epilog="Example: formcheck app --port 8600")
def open_app(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8501,
    https: Annotated[
        bool | None, typer.Option(help="Encrypt. Default: only if other computers can reach the app.")
    ] = None,
    cert: Annotated[Path | None, typer.Option(help="Your own certificate for https, a PEM file.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, a PEM file.")] = None,
) -> None:
    """Open the app in the browser; only the person who starts it can use it."""
    from formcheck.apps.web.server import run_app

    run_app(host=host, port=port, https=https, cert=cert, key=key)


@movements.command("list", epilog="Example: formcheck movements list")
def movements_list() -> None:
    """List the movements: id, name, posture, class (A is seen best); own files as well."""
    from formcheck.core.movement.load import catalogue, load_movement
    from formcheck.drivers.own_movements import load_own_movements

    from .plain_text import list_lines

    own = load_own_movements()
    for line in list_lines([*map(load_movement, catalogue()), *own.movements.values()], own=own.movements):
        typer.echo(line)
    for line in own.list_refused_lines():
        typer.echo(line, err=True)


@movements.command("show", epilog="Example: formcheck movements show cat_cow")
def movements_show(movement: Annotated[str, typer.Argument(help="Id or .toml file.")]) -> None:
    """Show what a movement file says."""
    from formcheck.core.movement.load import load_movement
    from formcheck.drivers.own_movements import locate_movement

    from .plain_text import list_movement_lines

    for line in list_movement_lines(load_movement(locate_movement(movement))):
        typer.echo(line)


@movements.command("signals", epilog="Example: formcheck movements signals")
def movements_signals() -> None:
    """List every signal that a movement file may name."""
    from formcheck.core.measure.measure import MEASUREMENT_NAMES
    from formcheck.core.movement.signals import MOTION_SIGNALS

    for name in (*MEASUREMENT_NAMES, *MOTION_SIGNALS):
        typer.echo(name)


@movements.command("validate", epilog="Example: formcheck movements validate my_stretch.toml")
def movements_validate(files: Annotated[list[Path], typer.Argument(help="Movement files, or ids.")]) -> None:
    """Check movement files and report every problem at once."""
    from formcheck.core.errors import MovementFileError
    from formcheck.core.movement.load import check_files
    from formcheck.drivers.own_movements import locate_movement

    bad, located = False, []
    for file in files:
        try:
            located.append(locate_movement(file))
        except MovementFileError as error:
            typer.echo(str(error), err=True)
            bad = True
    for name, one, problems in check_files(located):
        if one is None:
            typer.echo(str(MovementFileError(name, problems)), err=True)
            bad = True
        else:
            typer.echo(f"{name}: good ({one.name}, {len(one.measures)} measures, {len(one.faults)} faults)")
    if bad:
        raise typer.Exit(2)


@routines.command("list", epilog="Example: formcheck routines list")
def routines_list() -> None:
    """List the routines: id, name, minutes, parts; own files as well."""
    from formcheck.drivers.own_movements import load_own_movements
    from formcheck.drivers.todays_routines import load_known_routines

    from .plain_text import list_routine_rows

    known = load_known_routines()
    for line in list_routine_rows(known.routines, load_own_movements().movements):
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
    from formcheck.drivers.own_movements import load_own_movements
    from formcheck.drivers.todays_routines import find_known_routine
    from formcheck.program.routines.fit import Choices, plan_routine
    from formcheck.program.routines.load import read_routine

    from .plain_text import list_plan_lines

    own = load_own_movements().movements
    found = read_routine(routine, own) if routine.endswith(".toml") else find_known_routine(routine)
    for line in list_plan_lines(plan_routine(found, Choices(minutes=minutes, calm=calm), own=own)):
        typer.echo(line)


@routines.command("validate", epilog="Example: formcheck routines validate my_routine.toml")
def routines_validate(files: Annotated[list[Path], typer.Argument(help="Routine files.")]) -> None:
    """Check routine files and report every problem at once."""
    from formcheck.core.errors import MovementFileError
    from formcheck.drivers.own_movements import load_own_movements
    from formcheck.program.routines.load import check_routine_files

    bad = False
    for name, one, problems in check_routine_files(files, load_own_movements().movements):
        if one is None:
            typer.echo(str(MovementFileError(name, problems)), err=True)
            bad = True
        else:
            typer.echo(f"{name}: good ({one.id}, {len(one.parts)} parts, {one.time_s / 60:.0f} minutes)")
    if bad:
        raise typer.Exit(2)


def _note(warning: str) -> None:
    typer.echo(f"formcheck: {warning}", err=True)


def main() -> None:
    """Run the command; a user's error ends with one line and exit code 2."""
    from formcheck.core.errors import FormCheckError

    try:
        # Standalone, typer would report usage errors in four lines and catch Ctrl-C.
        code = app(prog_name="formcheck", standalone_mode=False)
    except FormCheckError as error:
        code = _exit_with_line(_join_in_one_line(error))
    except _USAGE_ERROR as error:
        code = _exit_with_line(_write_usage_line(error))
    except (KeyboardInterrupt, typer.Abort):
        code = _STOPPED
    except BrokenPipeError:  # `| head` has read enough
        sys.stdout = None  # or Python would try again at exit
        code = 0
    if code == _STOPPED:
        code = _exit_with_line("formcheck: stopped; finished results are complete, the unfinished one was not written")
    sys.exit(code if isinstance(code, int) else 0)


_STOPPED = 130
"""Exit code of typer after Ctrl-C."""
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
"""An unknown command, a missing option …: typer has no public name for this error."""


def _exit_with_line(line: str) -> int:
    print(line, file=sys.stderr)
    return 2


def _join_in_one_line(error: Exception) -> str:
    """Return an error's text; a movement file with a single problem needs no list."""
    head, *problems = str(error).splitlines()
    if len(problems) == 1:
        return f"formcheck: {head.removesuffix(': 1 problem')}: {problems[0].strip()}"
    return f"formcheck: {error}"


def _write_usage_line(error: Any) -> str:
    text = error.format_message().rstrip(".")
    if "\n" in text:  # called without arguments: print the help itself
        return str(text)
    command = error.ctx.command_path if error.ctx else "formcheck"
    see = " See" if text.endswith("?") else "; see"
    return f"formcheck: {text[0].lower()}{text[1:]}{see} `{command} --help`"

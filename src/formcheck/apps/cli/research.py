"""Define the commands for studies of many recordings: batch, agree, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .fps_option import FpsOption

if TYPE_CHECKING:
    from formcheck.drivers.batch.run import BatchReport, Request


def batch(
    out: Annotated[Path, typer.Option(help="Folder for the table; a stopped run continues there.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT...", help="Folders, files, patterns, saved tracks or addresses."),
    ] = None,
    movement: Annotated[str, typer.Option(help="Movement id, a .toml file, or auto.")] = "auto",
    side: Annotated[str, typer.Option(help="Working side: left, right or auto.")] = "auto",
    manifest: Annotated[
        str | None, typer.Option(help="CSV: recording, movement, side, and columns that go into the table.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes; default: as many as cores and memory allow.", min=1)
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")] = None,
    fps: FpsOption = "auto",
    pose_model: Annotated[str, typer.Option(help="lite, full, heavy, or a .task file.")] = "full",
    engine: Annotated[
        str, typer.Option(help="What runs the pose model: direct, openvino, mediapipe, or auto.")
    ] = "auto",
    frames: Annotated[
        bool, typer.Option("--frames", help="Also write every frame's measurements, as a dataset.")
    ] = False,
    poses: Annotated[bool, typer.Option("--poses", help="Also save the poses, to score them again later.")] = False,
    files_to: Annotated[
        str, typer.Option(help="Folder or address where the workers write these; default: --out.")
    ] = "",
    timeout: Annotated[float, typer.Option(help="Seconds that one recording may take.", min=1)] = 3600.0,
    profile: Annotated[bool, typer.Option("--profile", help="Print how much time each stage took.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be scored, and stop.")] = False,
) -> None:
    """Score many recordings into one table; recordings that have a result are not scored again."""
    from formcheck.drivers.batch.job import Settings
    from formcheck.drivers.batch.run import Request, run_batch
    from formcheck.drivers.recording.judge import FRAMES, POSES

    if side not in ("left", "right", "auto"):
        raise typer.BadParameter(f"expected left, right or auto, got {side!r}", param_hint="--side")
    if not inputs and manifest is None:
        raise typer.BadParameter("expected recordings, or a --manifest that names them", param_hint="INPUT")
    if workers is not None and scheduler is not None:
        raise typer.BadParameter("expected one of --workers and --scheduler, got both", param_hint="--workers")
    if files_to and not (frames or poses):
        raise typer.BadParameter("expected --frames or --poses as well", param_hint="--files-to")
    wanted = tuple(name for name, yes in ((POSES, poses), (FRAMES, frames)) if yes)
    settings = Settings(pose_model, engine, fps, wanted, files_to, timeout, profile)
    request = Request(
        inputs or [], out, movement, side, manifest, workers, scheduler, settings, ["formcheck", *sys.argv[1:]]
    )
    if dry_run:
        _list_plan(request)
        return
    report = run_batch(request, on_message=lambda line: typer.echo(f"formcheck: {line}", err=True))
    _print_report(report, out)


def agree(
    labels: Annotated[
        Path, typer.Argument(help="CSV with the labels of human raters, or a folder of corrected results.")
    ],
    results: Annotated[
        Path | None, typer.Argument(help="results.parquet of a batch, or its folder; or another rater's copies.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and figures.")] = None,
) -> None:
    """Compare a batch with human raters: kappa, ICC, Bland-Altman, precision and recall of each fault."""
    from formcheck.apps.agree.report import print_agreement
    from formcheck.apps.agree.report import run_agreement as compare

    print_agreement(compare(labels, results, out=out))


def export(
    result: Annotated[Path, typer.Argument(metavar="RESULT_DIR", help="Folder of `formcheck check --out`.")],
    to: Annotated[str, typer.Option(help="trc, c3d, dlc, nwb, mot, csv, xlsx, fhir or mp4.")],
    out: Annotated[Path | None, typer.Option(help="File to write; default: in the folder itself.")] = None,
    units: Annotated[str, typer.Option(help="Of a .trc: m for OpenSim, px as in the picture.")] = "m",
    patient: Annotated[str, typer.Option(help="Name or code of the person, for fhir and nwb.")] = "anonymous",
    pain: Annotated[int | None, typer.Option(min=0, max=10, help="Of fhir: pain now, 0 to 10.")] = None,
    blur_faces: Annotated[bool, typer.Option("--blur-faces", help="Of mp4: hide the face of the person.")] = False,
) -> None:
    """Write a result in another format."""
    from formcheck.drivers.therapist.export import export_result

    if units not in ("m", "px"):
        raise typer.BadParameter(f"expected m or px, got {units!r}", param_hint="--units")
    written = export_result(
        result,
        to=to,
        out=out,
        units="px" if units == "px" else "m",
        patient=patient,
        pain=pain,
        blur_faces=blur_faces,
    )
    if blur_faces:
        from formcheck.drivers.therapist.hidden_faces import OTHERS

        typer.echo(f"formcheck: {OTHERS}", err=True)
    typer.echo(f"{written}: written")


def _list_plan(request: Request) -> None:
    from formcheck.core.errors import keep_on_a_line
    from formcheck.drivers.batch.run import plan_batch

    plan, _ = plan_batch(request, None)
    for one in plan.planned:
        state = "unchanged" if one.row is not None else "to do"
        why = () if one.row is not None else (one.why,)
        words = (state, one.entry.recording, one.job.movement, one.job.side, *why)
        typer.echo("\t".join(keep_on_a_line(word) for word in words))
    typer.echo(f"{len(plan.to_do)} of {len(plan.planned)} recordings would be scored", err=True)


def _print_report(report: BatchReport, out: Path) -> None:
    recordings = "1 recording" if report.rows == 1 else f"{report.rows} recordings"
    typer.echo(f"{out / 'results.parquet'}: {recordings}, {report.scored} scored now, {report.reused} unchanged")
    for stage, seconds in report.stages_s.items():
        per_frame = f"{1000 * seconds / report.frames:8.2f} ms a frame" if report.frames else ""
        typer.echo(f"  {stage:<8}{seconds:9.1f} s {per_frame}")
    problems = [(report.unreadable, "could not be read"), (report.failed, "failed; run again to retry them")]
    counts = ", ".join(f"{count} {what}" for count, what in problems if count)
    if counts:
        typer.echo(f"formcheck: of {report.rows} recordings {counts}; see the column `error`", err=True)
        raise typer.Exit(1 if report.failed else 2)

"""Command line: see README.md."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .build_body import BodyFileError, body_file, body_path, build

if TYPE_CHECKING:
    from .render import Renderer

_renderer: Renderer | None = None
"""Of this worker process."""


def list_movements(args: argparse.Namespace) -> None:  # noqa: ARG001 - every command takes its options
    """Print the movements and their faults."""
    from .movements import MOVEMENTS

    for m in MOVEMENTS.values():
        print(f"{m.id:26s} {', '.join(m.faults)}")


def build_body(args: argparse.Namespace) -> None:  # noqa: ARG001
    """Make the body file again."""
    build(body_path())
    print(body_path())


def draw(args: argparse.Namespace) -> None:
    """Draw a list of sixty clips that nobody has seen, by a seed; takes minutes."""
    from .draw import draw_list, list_text

    body_file()
    args.out.write_text(list_text(draw_list(args.seed, args.workers)), encoding="utf-8")


def check(args: argparse.Namespace) -> None:
    """Print per clip whether the injected faults, and only they, are beyond the catalogue's limits."""
    from .check import report

    raise SystemExit(1 if report(args.folder) else 0)


def sheet(args: argparse.Namespace) -> None:
    """Draw one row of small pictures per clip, to look at before rendering."""
    import cv2
    import numpy as np

    from .clip import load_set
    from .film import Film
    from .render import Renderer

    world, specs = load_set(args.set, args.only)
    renderer, rows = Renderer(), []
    for spec in specs:
        film, tiles = Film(spec, world), []
        wanted = [int(f * (len(film.times) - 1)) for f in np.linspace(0.04, 0.96, args.columns)]
        for i, image in zip(wanted, film.images(renderer, wanted), strict=True):
            tile = cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA)
            text = f"{spec['clip']} {film.times[i]:.1f}s yaw {film.yaw:.0f}"
            tiles.append(cv2.putText(tile, text, (4, 13), 0, 0.38, (200, 20, 20), 1))
        rows.append(np.hstack(tiles))
    cv2.imwrite(str(args.out), np.vstack(rows)[:, :, ::-1])


def truth(args: argparse.Namespace) -> None:
    """Write sidecars without films, which takes seconds."""
    _in_parallel(_write_truth, args)


def render(args: argparse.Namespace) -> None:
    """Write films and sidecars; clips that are there already are left out."""
    _in_parallel(_render, args)


def _in_parallel(work: Any, args: argparse.Namespace) -> None:
    from .clip import load_set

    os.environ["LP_NUM_THREADS"] = "1"  # the software renderer: one thread per worker
    body_file()  # once, before the workers would each build it
    args.out.mkdir(parents=True, exist_ok=True)
    world, specs = load_set(args.set, args.only)
    jobs = [(spec, world, args) for spec in specs]
    with ProcessPoolExecutor(args.workers) as pool:
        for line in pool.map(work, jobs):
            print(line, flush=True)


def _write_truth(job: tuple[dict[str, Any], str, argparse.Namespace]) -> str:
    from .check import annotate
    from .clip import write_sidecar
    from .film import Film

    spec, world, args = job
    write_sidecar(annotate(Film(spec, world).sidecar()), args.out / f"{spec['clip']}.json")
    return str(spec["clip"])


def _render(job: tuple[dict[str, Any], str, argparse.Namespace]) -> str:
    from .clip import render_clip
    from .render import Renderer

    global _renderer  # noqa: PLW0603 - making a renderer takes longer than drawing ten frames
    spec, world, args = job
    if not args.again and (args.out / f"{spec['clip']}.mp4").exists():
        return f"{spec['clip']}: is there already"
    _renderer = _renderer or Renderer()
    frames = render_clip(spec, world, args.out, renderer=_renderer, crf=args.crf)
    return f"{spec['clip']}: {frames} frames"


def main(words: Sequence[str] | None = None) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m studio", description="Clips of drawn people with exact truth.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, run: Any) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        return command

    add("list", list_movements)
    add("build-body", build_body)
    add("check", check).add_argument("folder", type=Path)
    command = add("draw", draw)
    command.add_argument("seed", type=int, help="another seed, another list")
    command.add_argument("--out", required=True, type=Path, help="the .json file to write, for --set")
    command.add_argument("--workers", type=int, default=2)
    for name, run in (("sheet", sheet), ("truth", truth), ("render", render)):
        command = add(name, run)
        command.add_argument("--set", required=True, help="a list in studio/sets, or the path of a .json file")
        command.add_argument("--out", required=True, type=Path)
        command.add_argument("--only", default="", metavar="PART[,PART]", help="clips whose name holds one of these")
        if name == "sheet":
            command.add_argument("--columns", type=int, default=5)
        else:
            command.add_argument("--workers", type=int, default=2)
    command.add_argument("--crf", type=int, default=23, help="of the film: more is smaller")
    command.add_argument("--again", action="store_true", help="render clips that are there already, too")
    args = parser.parse_args(words)
    try:
        args.run(args)
    except (BodyFileError, OSError) as error:
        raise SystemExit(f"studio: {error}") from error


if __name__ == "__main__":
    main()

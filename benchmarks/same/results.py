"""Does another checkout of formcheck write the same results, byte for byte? For changes that must not change a verdict.

    python -m benchmarks.same.results BEFORE FOLDER … [--keep DIR] [--auto] [--may-differ KEY …]

`BEFORE` is another checkout (`git worktree add BEFORE COMMIT`). Both check every recording (or saved pose track) of the
folders; compared are the columns of `frames.parquet` and `poses.parquet` byte for byte, and their headers and
`summary.json` without the versions, the time of the run, and the keys that are named in `--may-differ`. A clip with a
truth next to it (`<name>.json`) is judged as that movement; with `--auto` and elsewhere the movement is recognised.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .verdicts import SUFFIXES, read_truth

ALWAYS_DIFFER = {"formcheck_version", "created_utc"}
HERE = Path(__file__).resolve().parent.parent.parent

CHILD = """
import json, sys, pathlib
import formcheck as fc
for one in json.load(sys.stdin):
    out = pathlib.Path(one["out"])
    if not (out / "summary.json").exists():
        try:
            fc.check(one["recording"], movement=one["movement"], side=one["side"], out=out)
        except fc.FormCheckError as error:
            out.mkdir(parents=True, exist_ok=True)
            (out / "error.txt").write_text(str(error))
    print(one["recording"], file=sys.stderr, flush=True)
"""


def main() -> int:
    """Check everything with both checkouts and print what differs; 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for both results; what is there already is not done again")
    parser.add_argument("--auto", action="store_true", help="recognise the movement also where a truth names it")
    parser.add_argument("--may-differ", nargs="*", default=[], help="keys of summary.json that are not compared")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.keep or Path(scratch)
        jobs = list_jobs(options.folders, auto=options.auto)
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    check_all,
                    (options.before, HERE),
                    ([{**job, "out": str(out / way / job["out"])} for job in jobs] for way in ("before", "after")),
                )
            )
        ignored = ALWAYS_DIFFER | set(options.may_differ)
        differing = [
            line
            for job in jobs
            for line in differences(out / "before" / job["out"], out / "after" / job["out"], ignored)
        ]
    print("\n".join(differing))
    print(f"{len(jobs)} recordings, {len(differing)} differences")
    return 1 if differing else 0


def list_jobs(folders: list[Path], *, auto: bool) -> list[dict[str, str]]:
    """Return what is checked, and the name of its result."""
    wanted = SUFFIXES | {".parquet"}
    recordings = sorted(
        one for folder in folders for one in folder.rglob("*") if one.suffix in wanted and one.name != "frames.parquet"
    )
    jobs = []
    for number, recording in enumerate(recordings):
        truth = {} if auto else read_truth(recording)
        side = truth.get("side") if truth.get("side") in ("left", "right") else "auto"
        name = f"{number:03d}_{recording.parent.name}_{recording.stem}"
        jobs.append(
            {
                "recording": str(recording.resolve()),
                "movement": truth.get("movement") or "auto",
                "side": side,
                "out": name,
            }
        )
    return jobs


def check_all(checkout: Path, jobs: list[dict[str, str]]) -> None:
    """Check every recording with the code of a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout.resolve() / "src")}
    subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(jobs),
        text=True,
        env=environment,
        check=True,
        stderr=subprocess.DEVNULL,
    )


def differences(before: Path, after: Path, ignored: set[str]) -> list[str]:
    """Return one line for each file that differs."""
    names = {file.relative_to(folder) for folder in (before, after) for file in folder.rglob("*") if file.is_file()}
    found = []
    for name in sorted(names):
        old, new = before / name, after / name
        if not old.is_file() or not new.is_file():
            found.append(f"{before.name}/{name}: only {'after' if new.is_file() else 'before'}")
        elif name.name == "summary.json":
            found += [
                f"{before.name}/{name}: {place}"
                for place in differing_keys(
                    json.loads(old.read_text("utf-8")), json.loads(new.read_text("utf-8")), ignored
                )
            ]
        elif read_content(old, ignored) != read_content(new, ignored):
            found.append(f"{before.name}/{name}: other bytes")
    return found


def read_content(file: Path, ignored: set[str]) -> object:
    """Return the bytes of a file; of a table its columns in bytes, and its header without the keys that may differ."""
    if file.suffix != ".parquet":
        return file.read_bytes()
    table = pq.read_table(file)
    columns = pa.BufferOutputStream()
    bare = table.replace_schema_metadata(None)
    with pa.ipc.new_stream(columns, bare.schema) as stream:
        stream.write_table(bare)
    header = json.loads((table.schema.metadata or {}).get(b"formcheck_track", b"{}"))
    return columns.getvalue().to_pybytes(), {key: value for key, value in header.items() if key not in ignored}


def differing_keys(old: Any, new: Any, ignored: set[str], place: str = "") -> list[str]:
    """Return where two values of a summary differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted((set(old) | set(new)) - ignored)
        return [line for key in keys for line in differing_keys(old.get(key), new.get(key), ignored, f"{place}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line
            for k, pair in enumerate(zip(old, new, strict=True))
            for line in differing_keys(*pair, ignored, f"{place}[{k}]")
        ]
    return [] if old == new else [f"{place}: {old!r} → {new!r}"]


if __name__ == "__main__":
    sys.exit(main())

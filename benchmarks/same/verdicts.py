"""Do two settings give the same verdicts? Compares engines, rates and pose models.

    python -m benchmarks.same.verdicts FOLDER … --a "--engine mediapipe --fps all" --b "--engine direct --fps all"
    python -m benchmarks.same.verdicts FOLDER … --a "--fps all" --b "--fps auto" [--named]

Both ways run `formcheck batch` over the same recordings. With `--named`, each clip with a truth next to it
(`<name>.json`) is judged as that movement; the others, and all without it, are recognised. Printed is every recording
that differs in its movement, verdict, faults, number of repetitions, or in a hold by more than 0.1 s, and the sums.
"""

from __future__ import annotations

import argparse
import csv
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

HOLD_S = 0.1
SUFFIXES = {".mp4", ".mov", ".webm", ".avi", ".jpg", ".jpeg", ".png"}


def main() -> None:
    """Run both ways and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--a", required=True, help="options of the first way")
    parser.add_argument("--b", required=True, help="options of the second way")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--named", action="store_true", help="judge as the movement that the truth names")
    parser.add_argument("--keep", type=Path, help="folder for both tables; what is there already is not done again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.keep or Path(scratch)
        out.mkdir(parents=True, exist_ok=True)
        manifest = write_manifest(options.folders, out / "manifest.csv", named=options.named)
        a, b = (
            run_batch(manifest, out / way, given, options.workers)
            for way, given in (("a", options.a), ("b", options.b))
        )
    print_differences(a, b)


def write_manifest(folders: Sequence[Path], path: Path, *, named: bool) -> Path:
    """Write which recordings are scored as which movement."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["recording", "movement", "side"])
        for recording in sorted(one for folder in folders for one in folder.rglob("*") if one.suffix in SUFFIXES):
            truth = read_truth(recording) if named else {}
            side = truth.get("side")
            writer.writerow(
                [recording.resolve(), truth.get("movement") or "auto", side if side in ("left", "right") else "auto"]
            )
    return path


def read_truth(recording: Path) -> dict[str, Any]:
    """Return the truth of a rendered clip; empty for others, and for clips of several movements."""
    try:
        truth = json.loads(recording.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return truth if isinstance(truth, dict) and truth.get("movement") != "session" else {}


def run_batch(manifest: Path, out: Path, given: str, workers: int) -> pd.DataFrame:
    """Return the table of one way; the messages of the run go to stderr."""
    command = [
        sys.executable,
        "-m",
        "formcheck.apps.cli",
        "batch",
        "--manifest",
        str(manifest),
        "--out",
        str(out),
    ]
    subprocess.run([*command, "--workers", str(workers), *shlex.split(given)], stdout=sys.stderr, check=False)
    return pd.read_parquet(out / "results.parquet").set_index("input_uri")


def print_differences(a: pd.DataFrame, b: pd.DataFrame) -> None:
    """Print what differs, recording by recording, and the sums."""
    names = [name for name in a.index if name in b.index]
    kinds: dict[str, int] = dict.fromkeys(("movement", "verdict", "faults", "repetitions", "hold"), 0)
    for name in names:
        found = differences(a.loc[name], b.loc[name])
        for kind in found:
            kinds[kind] += 1
        if found:
            print(f"{Path(name).name}: " + "; ".join(f"{kind} {text}" for kind, text in found.items()))
    print(f"\n{len(names)} recordings; that differ: " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()))
    looks = [int(table.loc[names, "frames_analysed"].sum()) for table in (a, b)]
    print(f"looks {looks[0]} and {looks[1]}, {looks[1] / max(1, looks[0]):.2f}")


def differences(a: pd.Series, b: pd.Series) -> dict[str, str]:
    """Return kind -> what one way says and the other does not."""
    found = {}
    for kind, column in (("movement", "movement_id"), ("verdict", "verdict"), ("repetitions", "repetitions")):
        if a[column] != b[column] and not (pd.isna(a[column]) and pd.isna(b[column])):
            found[kind] = f"{a[column]} -> {b[column]}"
    ours, theirs = (sorted(set(row["faults"] if row["faults"] is not None else ())) for row in (a, b))
    if ours != theirs:
        found["faults"] = f"{' '.join(ours) or 'none'} -> {' '.join(theirs) or 'none'}"
    holds = [0.0 if pd.isna(row["hold_s"]) else float(row["hold_s"]) for row in (a, b)]
    if abs(holds[0] - holds[1]) > HOLD_S + 1e-6:
        found["hold"] = f"{holds[0]:.2f} s -> {holds[1]:.2f} s"
    return found


if __name__ == "__main__":
    main()

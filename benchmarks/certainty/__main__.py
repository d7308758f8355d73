"""How often a movement that was recognised with some certainty was the right one.

    python -m benchmarks.certainty [--set FOLDER=POSES] ... [--real FOLDER=POSES] [--json FILE] [--write-docs]

Watches saved poses only: those of the test catalogue, those that `benchmarks.accuracy FOLDER --out POSES` kept, and
those that `formcheck check` kept of the real people in FOLDER (shared/real, with TRUTH.tsv), in folders with `__` for
`/`. Every recording is watched twice: with all movements as candidates, and without the one that it shows. The second
time it shows something else, as every recording does whose movement is not in the catalogue, so any name is wrong.
Every span that is found is one claim. `--write-docs` writes its part of docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any

from benchmarks.accuracy.page import Table, json_text, marked_up, percent, plain, write_part
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.recognise import NAMED_FROM, Recogniser
from formcheck.sources.pose_track import open_track

CATALOGUE = Path(__file__).resolve().parent.parent.parent / "tests" / "data" / "catalogue"
BINS = (0.0, NAMED_FROM, 0.8, 0.95, 1.0)
"""Borders of the stated certainty; below the second nothing is named."""
ELSE_SHARE = 0.25
"""Share of recordings that show none of the movements, as the shares below assume."""

TEXT = """\
## What a stated certainty means

Of what was recognised with a certainty, the share that was right. {recordings} recordings were watched twice, with
their own movement among the candidates and without it; {others} more show something else. Recordings of something else
weigh as much as if {share} of all recordings were such. The interval holds the share in 95 of 100 cases. From
{named:.2f} on a movement is named. The three highest certainties of `core/recognise.py` were set on these recordings.
Made by `python -m benchmarks.certainty`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Saved poses, and which movement they show; empty = something else."""

    source: str
    name: str
    movement: str
    poses: Path


@dataclass(frozen=True, slots=True)
class Claim:
    """One movement found in a recording.

    Parameters
    ----------
    among : whether the recording's own movement was among the candidates.
    """

    source: str
    recording: str
    among: bool
    said: str
    certainty: float
    right: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """All claims, and how many recordings were watched with their movement among the candidates, and without."""

    claims: tuple[Claim, ...]
    shown: int
    other: int

    @property
    def weight(self) -> float:
        """Of a recording of something else, so that these are `ELSE_SHARE` of all."""
        return ELSE_SHARE / (1 - ELSE_SHARE) * self.shown / self.other if self.other else 1.0


def main(words: Sequence[str] | None = None) -> int:
    """Watch all recordings, print the table; return the exit code."""
    options = _options(words)
    recordings = [*of_catalogue(), *(r for word in options.sets for r in of_set(word))]
    if options.real:
        recordings += of_real(options.real)
    missing = [r for r in recordings if not r.poses.is_file()]
    if missing:
        where = missing[0].poses.parent.parent.name
        print(f"certainty: expected the poses of {missing[0].name}, got none; look in {where}", file=sys.stderr)
        return 2
    watched = watch(recordings)
    rows = {
        source: count(watched, [one for one in watched.claims if source in ("all", one.source)])
        for source in _sources(recordings)
    }
    table = table_of(rows)
    print(*plain(table), sep="\n")
    for claim in watched.claims:
        if not claim.right and claim.certainty >= NAMED_FROM:
            why = "" if claim.among else ", as something else"
            print(f"  wrong: {claim.recording}: {claim.said}, certainty {claim.certainty:.2f}{why}")
    if options.json:
        options.json.write_text(
            json_text({"rows": rows, "claims": [asdict(claim) for claim in watched.claims]}), "utf-8"
        )
    if options.write_docs:
        others = sum(not r.movement for r in recordings)
        text = TEXT.format(recordings=watched.shown, others=others, share=percent(ELSE_SHARE), named=NAMED_FROM)
        write_part("certainty", "\n".join([text, "", *marked_up(table)]))
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument(
        "--set", action="append", default=[], dest="sets", metavar="FOLDER=POSES", help="rendered clips"
    )
    parser.add_argument("--real", default="", metavar="FOLDER=POSES", help="recordings of real people")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every claim")
    parser.add_argument("--write-docs", action="store_true", help="write the part of docs/accuracy.md")
    return parser.parse_args(words)


# Recordings -----------------------------------------------------------------------------------------------------------


def of_catalogue() -> Iterator[Recording]:
    """Yield the tracks of the tests: rendered people whose movement is in the file's name."""
    for track in sorted(CATALOGUE.glob("*.parquet")):
        yield Recording("rendered", track.stem, track.stem.partition("-")[0], track)


def of_set(word: str) -> Iterator[Recording]:
    """Yield the clips of a rendered set with a person in them; sessions show several movements and are left out."""
    folder, _, kept = word.partition("=")
    for sidecar in sorted(Path(folder).glob("*.json")):
        truth = json.loads(sidecar.read_text("utf-8"))
        if isinstance(truth, dict) and truth.get("movement") not in (None, "session"):
            yield Recording("rendered", sidecar.stem, truth["movement"], Path(kept) / sidecar.stem / "poses.parquet")


def of_real(word: str) -> Iterator[Recording]:
    """Yield the fairly shown recordings of real people, and those of something else."""
    folder, _, kept = word.partition("=")
    with (Path(folder) / "TRUTH.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["fair"] == "yes":
                movement = "" if row["movement"] == "none" else row["movement"]
                poses = Path(kept) / row["file"].replace("/", "__") / "poses.parquet"
                yield Recording("real people", row["file"], movement, poses)


def _sources(recordings: Iterable[Recording]) -> list[str]:
    return [*dict.fromkeys(recording.source for recording in recordings), "all"]


# Claims ---------------------------------------------------------------------------------------------------------------


def watch(recordings: Sequence[Recording]) -> Watched:
    """Return every claim about these recordings."""
    movements = {one: load_movement(one) for one in catalogue()}
    claims = [claim for recording in recordings for claim in _claims(recording, movements)]
    shown = sum(bool(recording.movement) for recording in recordings)
    # everything is watched once without its own movement, so that every recording is one of something else
    return Watched(tuple(claims), shown, len(recordings))


def _claims(recording: Recording, movements: Mapping[str, Movement]) -> Iterator[Claim]:
    """Yield the claims with all candidates, then those without the movement that the recording shows."""
    for among in (True, False) if recording.movement else (False,):
        track = open_track(recording.poses)
        candidates = [one for one in movements.values() if among or one.id != recording.movement]
        header = track.header
        recogniser = Recogniser(candidates, still=bool(header["still"]), pose_model=header["model"]["name"])
        for pose in track:
            recogniser.step(pose)
        for span in recogniser.spans():
            right = span.movement == recording.movement
            yield Claim(recording.source, recording.name, among, span.movement, span.certainty, right)


def count(watched: Watched, claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Return for each bin of certainty: claims right and wrong, and the share that was right with its interval."""
    rows = []
    for low, high in pairwise(BINS):
        last = high == BINS[-1]
        inside = [claim for claim in claims if low <= claim.certainty and (claim.certainty < high or last)]
        right = sum(claim.right for claim in inside)
        wrong = sum(claim.among and not claim.right for claim in inside)
        of_else = sum(not claim.among for claim in inside)
        weights = [1.0 if claim.among else watched.weight for claim in inside]
        stated = (
            sum(w * c.certainty for w, c in zip(weights, inside, strict=True)) / sum(weights) if inside else math.nan
        )
        share, least, most = share_right(right, wrong + watched.weight * of_else)
        rows.append({
            "from": low, "to": high, "right": right, "wrong": wrong, "of_something_else": of_else,
            "stated": stated, "share_right": share, "low": least, "high": most,
        })  # fmt: skip
    return rows


def share_right(right: float, wrong: float) -> tuple[float, float, float]:
    """Return the share that was right and its 95 % interval (Wilson's).

    Examples
    --------
    >>> [round(v, 2) for v in share_right(9, 1)]
    [0.9, 0.6, 0.98]
    """
    n = right + wrong
    if not n:
        return math.nan, math.nan, math.nan
    z, p = NormalDist().inv_cdf(0.975), right / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def table_of(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """Return the table: a row for each bin of each source in which something was claimed."""
    head = ("", "certainty", "right", "wrong", "something else got a name", "mean stated", "share right")
    lines = [
        (
            source, f"{row['from']:.2f} to {row['to']:.2f}", str(row["right"]), str(row["wrong"]),
            str(row["of_something_else"]), percent(row["stated"]),
            f"{percent(row['share_right'])} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]",
        )
        for source, some in rows.items()
        for row in some
        if not math.isnan(row["share_right"])
    ]  # fmt: skip
    return Table("What a stated certainty means", head, tuple(lines))


if __name__ == "__main__":
    sys.exit(main())

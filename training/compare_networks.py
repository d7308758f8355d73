"""How well each pose network does with the corrections of "full" and with its own.

``python -m training.compare_networks HELD`` prints the table of `README.md`; ``--write-docs`` also puts it into
`docs/accuracy.md`. HELD is a folder of `training.postures` at which full, heavy and lite looked, of the world
"heldout". Only pictures in which all three found the person are compared; picture and mirror image count together, as
in formcheck.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fit_uncertainty import ErrorRow, Judged, errors_of, recordings_factor
from .samples import Sample, read_people

Array = NDArray[Any]
NETWORKS = ("full", "heavy", "lite")
COLUMNS = {
    "knee": "knee_near_deg",
    "elbow": "elbow_near_deg",
    "shoulder-hip-knee": "trunk_thigh_near_deg",
    "trunk": "trunk_inclination_deg",
    "back bend": "back_bend_deg",
}
FAR_KNEE = "knee_far_deg"
MAX_YAW_DEG = 30
DRAWS = 2000
ROOT = Path(__file__).resolve().parent.parent
NOTE = """\
Mean absolute error in degrees on {people} rendered people of the world `heldout`, {pictures} single pictures, camera
within {yaw}° of side-on; near side. In brackets the share of true values inside the stated band, in single pictures
(the bands that recordings get are {narrower} of these for the five columns). Errors are those of pictures in which
all of these ways gave a value. *Given*: in how many pictures the knee was measured at all. No network has learned from
these people; the bands of heavy and lite were fitted on the first 27 people drawn, those of full on 200 of this world.
Second table: change of the mean error, with the range of 95 of 100 draws of the people. Made by
`python -m training.compare_networks`."""


class Held:
    """The same pictures as each network saw them, measured with different corrections."""

    def __init__(self, folder: Path) -> None:
        seen = {name: list(read_people(folder / name)) for name in NETWORKS}
        common = set.intersection(*({_key(s) for s in samples} for samples in seen.values()))
        self.samples = {name: [s for s in samples if _key(s) in common] for name, samples in seen.items()}
        self.found = {way[1:]: self._found(*way[1:]) for way in ways()}

    def _found(self, network: str, corrections: str | None) -> dict[str, list[ErrorRow]]:
        """Return the errors of each column, and of the far knee, within the range of yaw."""
        found = errors_of(self.samples[network], Judged(corrections, with_mirror=True))
        names = {**COLUMNS, FAR_KNEE: FAR_KNEE}
        return {name: [r for r in found.get(one, []) if r.yaw_deg <= MAX_YAW_DEG] for name, one in names.items()}

    def errors(self, network: str, corrections: str | None, column: str) -> list[ErrorRow]:
        """Return the errors of a column in the pictures in which every way gave a value."""
        told = set.intersection(*({r[-2:] for r in found[column]} for found in self.found.values()))
        return [r for r in self.found[network, corrections][column] if r[-2:] in told]

    def given(self, network: str, corrections: str | None, column: str) -> float:
        """Return the share of the pictures in which a way gave a value."""
        pictures = {r[-2:] for found in self.found.values() for r in found["trunk"]}
        return len(self.found[network, corrections][column]) / len(pictures)


def _key(sample: Sample) -> tuple[str, float]:
    return sample.person, sample.pose.time_s


def ways() -> Iterator[tuple[str, str, str | None]]:
    """Yield the name of a row, its network and its corrections."""
    for network in NETWORKS:
        yield f"{network}, landmarks as seen", network, None
        yield f"{network}, corrections of full", network, "full"
        if network != "full":
            yield f"{network}, its own corrections", network, network


def inside(rows: Sequence[ErrorRow], column: str) -> float:
    """Return the share of errors within the band, before it was changed for recordings."""
    factor = recordings_factor(COLUMNS[column])
    return float(np.mean([abs(r.error) <= r.half_width / factor for r in rows]))


def table(held: Held) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| | {' | '.join(COLUMNS)} | knee given, near and far |"
    yield f"| --- |{' --- |' * (len(COLUMNS) + 1)}"
    for name, network, corrections in ways():
        cells = []
        for column in COLUMNS:
            rows = held.errors(network, corrections, column)
            share = "" if corrections is None else f" ({100 * inside(rows, column):.0f} %)"
            cells.append(f"{np.mean([abs(r.error) for r in rows]):.1f}{share}")
        near, far = (100 * held.given(network, corrections, column) for column in ("knee", FAR_KNEE))
        yield f"| {name} | {' | '.join(cells)} | {near:.0f} %, {far:.0f} % |"


def differences(held: Held) -> Iterator[str]:
    """Yield how much smaller the errors are with own corrections, with the range of 95 of 100 draws of the people."""
    pairs = [(network, "full", network, network) for network in NETWORKS[1:]]
    pairs += [("full", "full", network, network) for network in NETWORKS[1:]]
    yield f"| mean absolute error, from → to | {' | '.join(COLUMNS)} |"
    yield f"| --- |{' --- |' * len(COLUMNS)}"
    for old, its, new, own in pairs:
        cells = [_difference(held.errors(old, its, one), held.errors(new, own, one)) for one in COLUMNS]
        yield f"| {old} with {its}'s → {new} with its own | {' | '.join(cells)} |"


def _difference(before: Sequence[ErrorRow], after: Sequence[ErrorRow]) -> str:
    people = sorted({r.person for r in before} | {r.person for r in after})
    sums = np.zeros((len(people), 4))
    for k, rows in enumerate((before, after)):
        for r in rows:
            sums[people.index(r.person), 2 * k : 2 * k + 2] += abs(r.error), 1
    drawn = np.random.default_rng(0).integers(len(people), size=(DRAWS, len(people)))
    totals = sums[drawn].sum(axis=1)
    change = totals[:, 2] / totals[:, 3] - totals[:, 0] / totals[:, 1]
    whole = sums.sum(axis=0)
    low, high = np.quantile(change, (0.025, 0.975))
    return f"{whole[2] / whole[3] - whole[0] / whole[1]:+.2f} ({low:+.2f} … {high:+.2f})"


def note(held: Held) -> str:
    """Return what the table is about."""
    rows = held.errors("full", "full", "trunk")
    factors = [recordings_factor(column) for column in COLUMNS.values()]
    narrower = f"{min(factors):.2f} to {max(factors):.2f}"
    return NOTE.format(people=len({r.person for r in rows}), pictures=len(rows), narrower=narrower, yaw=MAX_YAW_DEG)


def write_docs(text: str) -> None:
    """Put the section into docs/accuracy.md, where it was or at the end."""
    from benchmarks.accuracy.page import write_part

    write_part("networks", text)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training.compare_networks", description=__doc__)
    parser.add_argument("held", type=Path)
    parser.add_argument("--write-docs", action="store_true", help="write docs/accuracy.md")
    args = parser.parse_args()
    held = Held(args.held)
    lines = [note(held), "", *table(held), "", *differences(held)]
    print("\n".join(lines))
    if args.write_docs:
        write_docs("\n".join(["## Other networks", "", *lines]))


if __name__ == "__main__":
    main()

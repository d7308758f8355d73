"""Labels and results made by hand, small enough to count by hand."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from formcheck.apps.agree.report import print_agreement

HINGE = "hamstring_hinge_standing"
KNEE, BACK = "stretch_knee_bent", "back_rounding"


def row(name, verdict="ok", faults=(), untold=(), **more):
    return {
        "recording": f"videos/{name}", "input_uri": f"file:///home/videos/{name}", "name": name,
        "input_sha256": name.encode().hex().ljust(64, "0"), "movement_id": HINGE, "verdict": verdict,
        "faults": list(faults), "checks_cannot_tell": list(untold), "error": None, **more,
    }  # fmt: skip


def written(folder, labels, rows):
    """Write labels and results into a folder and return their paths."""
    paths = folder / "labels.csv", folder / "results.parquet"
    paths[0].write_text(labels.strip() + "\n", encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows), paths[1])
    return paths


def labels_of(*lines, head="recording,rater,verdict,faults"):
    return "\n".join((head, *lines))


def text_of(agreement, **options):
    stream = io.StringIO()
    print_agreement(agreement, console=Console(file=stream, width=100, **options))
    return stream.getvalue()


FOUR = [
    row("a.mp4", "fix", [BACK], back_bend_deg_median=30.0, repetitions=3),
    row("b.mp4", "warn", [KNEE], back_bend_deg_median=12.0, repetitions=4),
    row("c.mp4", "ok", back_bend_deg_median=5.0, repetitions=2),
    row("d.mp4", "cannot_tell", untold=["back", "stretch_knee"], back_bend_deg_median=None, repetitions=3),
]
TWO_RATERS = labels_of(
    "a.mp4,Ana,fix,back_rounding,31,3", "b.mp4,Ana,warn,stretch_knee_bent,15,4", "c.mp4,Ana,ok,,4,2",
    "d.mp4,Ana,fix,back_rounding;stretch_knee_bent,40,3",
    "a.mp4,Ben,fix,back_rounding,28,3", "b.mp4,Ben,ok,,13,4", "c.mp4,Ben,ok,,6,3", "d.mp4,Ben,cannot_tell,,38,3",
    head="recording,rater,verdict,faults,back_bend_deg_median,repetitions",
)  # fmt: skip

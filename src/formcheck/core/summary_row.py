"""A summary as one flat row: the columns of `results.parquet` that a result fills."""

from __future__ import annotations

from typing import Any

from .summary_records import RunSummary

OF_A_MEASUREMENT = ("median", "p05", "p95", "in_hold_median", "uncertainty")
CANNOT_TELL_SHARE = 0.5
"""A check that could not be told for more of its time than this is listed as not told."""


def summary_row(summary: RunSummary) -> dict[str, Any]:
    """Return the columns that a summary fills; what it does not tell is missing."""
    source, view, dose = summary.source, summary.view, summary.dose
    stops = [r.hesitations for r in summary.repetitions if r.hesitations is not None]
    row: dict[str, Any] = {
        "name": source.name, "source_sha256": source.sha256, "width": source.width, "height": source.height,
        "fps": source.fps, "duration_s": source.duration_s, "frames": source.frames,
        "movement_id": summary.movement.id, "movement_version": summary.movement.version,
        "movement_sha256": summary.movement.sha256, "model_name": summary.model.name,
        "model_sha256": summary.model.sha256, "model_engine": summary.model.engine,
        "model_runtime": summary.model.runtime, "formcheck_version": summary.formcheck_version,
        "verdict": summary.verdict, "why": summary.why,
        "faults": list(dict.fromkeys(fault.id for fault in summary.faults)),
        "fault_records": [fault.model_dump(mode="json", exclude={"cue"}) for fault in summary.faults],
        "checks_cannot_tell": [c.id for c in summary.checks if c.cannot_tell_share > CANNOT_TELL_SHARE],
        **{f"view_{name}": getattr(view, name) for name in _OF_THE_VIEW}, "seen_share": summary.seen_share,
        "repetitions": dose.repetitions.done, "repetitions_target": dose.repetitions.target,
        "hold_s": dose.hold_s.done, "hold_target_s": dose.hold_s.target,
        "hold_left_s": dose.sides.left_s, "hold_right_s": dose.sides.right_s,
        "hesitations": sum(stops) if stops else None,
    }  # fmt: skip
    for name, measured in summary.measurements.items():
        row.update({f"{name}_{what}": getattr(measured, what) for what in OF_A_MEASUREMENT})
    if summary.recognised is not None:
        row["recognised_certainty"] = summary.recognised.certainty
        row["recognised_spans"] = [s.model_dump(mode="json", exclude={"folder"}) for s in summary.recognised.spans]
    return row


_OF_THE_VIEW = (
    "kind", "yaw_deg", "yaw_uncertainty_deg", "near", "verdict", "reasons", "advice", "roll_deg", "roll_uncertainty_deg"
)  # fmt: skip

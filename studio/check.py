"""Hold the truth of clips against the catalogue's limits: is each injected fault there, and nothing else?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .geometry import Array
from .limits import LIMITS, SPEED_LIMIT, SPEED_LIMITS, Limit

Card = dict[str, Any]
"""A sidecar."""
SPEED_FAULTS = {"too_fast", "dropping", "drop_down", "jerking", "momentum"}
_ALWAYS_SHOWN = ("dcurve", "dcurve_low", "trunk", "knee_work", "knee_other", "elbow", "dhead")
_SEEN_AS = dict(toe_touch_flop={"back_rounding"}, neck_only={"shallow_cat", "shallow_cow"})
"""Faults without a limit of their own, and those whose limits show them."""
_MAY_BRING = dict(knees_bend={"feet_lift"}, too_close={"elbows_bend"})
"""Faults that others can come with; nor is it looked for one that cannot be judged in the clip."""
_OTHER = dict(left="right", right="left")


class Clip:
    """A sidecar with its measures: medians over the judged frames against the setup frames."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.near = card["near_side"]
        self.work = card["side"] or self.near
        self.other = _OTHER[self.work]
        phase = np.array(card["frames"]["phase"])
        self.base = np.flatnonzero((phase == "setup") & np.array(card["frames"]["person"]))
        self.hold = np.flatnonzero(phase == "hold")
        self.rows = self._judged_rows()

    def _judged_rows(self) -> Array:
        """Return the frames of the hold, or those of the hold inside the fault windows."""
        card, rows, time = self.card, self.hold, np.array(self.card["frames"]["time_s"])
        shape = [f for f in card["faults"] if f["id"] not in SPEED_FAULTS | {"bounce", "wobble", "rushed"}]
        if shape and card["movement"] != "cat_cow":
            rows = np.array([r for r in rows if any(f["from_s"] <= time[r] <= f["to_s"] for f in shape)], int)
        if card["movement"] == "bird_dog" and len(rows):  # the first lift is the one on the camera's side
            first = rows[time[rows] <= card["repetitions"][0]["end_s"]]
            rows = first if len(first) else rows
        return rows

    def angle(self, name: str) -> Array:
        """Return an angle of every frame, degrees, NaN where nobody is there."""
        return np.array(self.card["frames"]["angles_deg"][name], float)

    def series(self, name: str) -> Array:
        """Return a value of every frame, or (frames, 2) for a place."""
        raw = self.card["frames"][name] if name in self.card["frames"] else self.card["frames"]["joints_px"][name]
        width = max(np.size(v) for v in raw if v is not None)
        return np.array([[np.nan] * width if v is None else np.atleast_1d(v) for v in raw], float).squeeze()

    def median(self, values: Array, rows: Array | None = None) -> float:
        """Return the median over the judged frames, or over others."""
        return float(np.nanmedian(values[self.rows if rows is None else rows]))

    def change(self, values: Array) -> float:
        """Return how much the judged frames differ from the setup frames."""
        return self.median(values) - self.median(values, self.base)

    def measures(self) -> dict[str, float]:
        """Return the catalogue's measures: deg, % of the chord (dcurve, cat, cow), trunk lengths (rises, drift)."""
        near, rows, base = self.near, self.rows, self.base
        curve, hip = self.series("back_curve_sag_pct"), self.series("hip_near_m")
        trunk_m = self.median(self.series("trunk_length_m"), base)
        head = (self.angle("head_trunk_signed") + 180) % 360 - 180
        elbow, trunk = self.angle(f"elbow_{near}"), self.angle("trunk_inclination")
        dcurve = curve[rows] - self.median(curve, base)
        m = dict(
            dcurve=self.change(curve),
            dcurve_low=self.change(self.series("back_curve_low_sag_pct")),
            cat=float(np.nanmax(dcurve)),
            cow=float(np.nanmin(dcurve)),
            trunk=self.median(trunk),
            start_trunk=self.median(trunk, base),
            slope=90 + self.median(trunk),
            knee_work=self.median(self.angle(f"knee_{self.work}")),
            knee_other=self.median(self.angle(f"knee_{self.other}")),
            elbow=self.median(elbow),
            elbow_min=float(np.nanmin(elbow[rows])),
            line=self.median(self.angle(f"body_line_{near}_sag")),
            fold=self.median(self.angle(f"trunk_thigh_{near}_sag")),
            hip_flexion=180 - self.median(self.angle(f"trunk_thigh_{self.work}_sag")),
            leg_other=self.median(self.angle(f"leg_elevation_{self.other}")),
            leg_line=self.median(self.angle(f"leg_elevation_{self.work}")) - (90 - self.median(trunk)),
            front_shin=self.median(self.angle(f"shank_inclination_{self.other}")),
            dhead=self.change(head),
            dhead_abs=abs(self.change(head)),
            dhead_min=float(np.nanmin(head[rows])) - self.median(head, base),
            hip_rise=self.change(hip[:, 1]) / trunk_m,
            drift=float(np.nanmax(np.abs(hip[rows, 0] - self.median(hip[:, 0], base)))) / trunk_m,
            sway=float(np.ptp(hip[rows, 0])) / 2 / trunk_m,
            cycle_s=min(r["end_s"] - r["start_s"] for r in self.card["repetitions"]),
        )
        m["thigh_forward"] = m["hip_flexion"] - m["trunk"]
        lean = np.sin(np.radians(m["trunk"])) - np.sin(np.radians(m["start_trunk"]))
        m["hip_ratio"] = -self.change(hip[:, 0]) / trunk_m / (0.52 * lean) if lean > 0.1 else 1.0
        return m | self._in_picture()

    def _in_picture(self) -> dict[str, float]:
        """Return the measures that are taken from the projected joints, in trunk lengths of the setup."""
        ear, shoulder, hip, ankle = (self.series(f"{j}_{self.near}") for j in ("ear", "shoulder", "hip", "ankle"))
        trunk_px = np.linalg.norm(shoulder - hip, axis=1)
        trunk_px = self.median(trunk_px, self.base)
        gap = np.linalg.norm(ear - shoulder, axis=1)
        arms = {s: self.angle(f"arm_elevation_{s}") for s in (self.work, self.other)}
        return dict(
            ear_rise=-self.change(ear[:, 1]) / trunk_px,
            ankle_rise=-self.change(ankle[:, 1]) / trunk_px,
            hip_ankle=self.median(np.linalg.norm(hip - ankle, axis=1)) / trunk_px,
            ear_shoulder=self.median(gap) / self.median(gap, self.base),
            same_arm=float(self.median(arms[self.work]) > self.median(arms[self.other])),
        )

    def peak_speed_deg_s(self) -> float:
        """Return the largest speed of trunk inclination or near hip angle."""
        hip = self.angle(f"trunk_thigh_{self.near}")
        speeds = [np.abs(np.gradient(a)) * self.card["fps"] for a in (self.angle("trunk_inclination"), hip)]
        return float(np.nanmax(np.maximum(*speeds)))

    def bounce_deg(self) -> float:
        """Return the size of a pulse in the hold, from peak to peak."""
        out = []
        for name in ("trunk_inclination", f"trunk_thigh_{self.near}"):
            x = self.angle(name)[self.hold]
            t = np.arange(len(x))
            x -= np.polyval(np.polyfit(t, x, 2), t)
            out.append(np.percentile(x, 97) - np.percentile(x, 3))
        return float(max(out))


def band_of(limit: Limit, measures: dict[str, float]) -> str:
    """Return where the truth lies: target, warn or fix."""
    value = limit.sign * measures[limit.measure]
    if value > limit.sign * limit.fix:
        return "fix"
    return "warn" if value > limit.sign * limit.target else "target"


def annotate(card: Card) -> Card:
    """Return the sidecar with `true_measures`, `true_bands` and the share of the joints that are in the picture."""
    if card["movement"] is None:
        return card
    frames = dict(joints_in_picture=_joints_in_picture(card)) | card["frames"]
    head = {k: v for k, v in card.items() if k != "frames"}
    limits = LIMITS.get(card["movement"])
    if limits is not None and card["repetitions"]:
        clip = Clip(card)
        m = clip.measures()
        shown = sorted({limit.measure for limit in limits} | set(_ALWAYS_SHOWN))
        speed = dict(peak_speed_deg_s=round(clip.peak_speed_deg_s(), 0))
        head["true_measures"] = {k: round(m[k], 2) for k in shown} | speed
        head["true_bands"] = {limit.fault: band_of(limit, m) for limit in limits}
    return head | dict(frames=frames)


def _joints_in_picture(card: Card) -> list[float]:
    """Return the share of the joints inside the picture, 0 where nobody is in the room."""
    joints = list(card["frames"]["joints_px"].values())

    def inside(p: list[float] | None) -> bool:
        return p is not None and 0 <= p[0] < card["width"] and 0 <= p[1] < card["height"]

    return [round(sum(map(inside, frame)) / len(joints), 2) for frame in zip(*joints, strict=True)]


def problems(card: Card) -> list[str]:
    """Return what the truth of a clip does not keep: injected faults that are too weak, others that are there."""
    limits = LIMITS.get(card["movement"])
    if limits is None:
        return []
    clip, injected = Clip(card), {f["id"] for f in card["faults"]}
    if not len(clip.rows):
        return ["no frames of a hold to judge"]
    expected = injected.union(*(_SEEN_AS.get(i, set()) for i in injected))
    possible = set(card["expect_cannot_tell"]).difference(injected).union(*(_MAY_BRING.get(i, set()) for i in injected))
    m, out = clip.measures(), []
    for limit in (x for x in limits if x.fault not in possible):
        band = band_of(limit, m)
        if band != "fix" if limit.fault in expected else band == "fix" or (band == "warn" and not injected):
            out.append(f"{limit.fault} is in the {band} band, {limit.measure} = {m[limit.measure]:.2f}")
    speed, least = clip.peak_speed_deg_s(), SPEED_LIMITS.get(card["movement"], SPEED_LIMIT)
    if injected & SPEED_FAULTS and speed < least:
        out.append(f"not fast: {speed:.0f} deg/s, at least {least:.0f} expected")
    if "bounce" in injected and clip.bounce_deg() < 4:
        out.append(f"the bounce is only {clip.bounce_deg():.1f} deg")
    return out


def report(folder: Path) -> int:
    """Print one line per sidecar and return how many clips need a look."""
    bad = 0
    for path in sorted(folder.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        said = problems(card)
        bad += bool(said)
        faults = ",".join(sorted({f["id"] for f in card["faults"]})) or "good"
        print(f"{'BAD' if said else 'ok '} {card['clip']:44s} {faults:20s} {'; '.join(said)}")
    print(f"{bad} clips need a look")
    return bad

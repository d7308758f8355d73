"""What a movement file may hold: its tables, their keys and the type of each value.

What no single value can tell (a phase that is never reached, a band that is upside down) is checked by
`movement_checks`.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from formcheck.core.records import Severity

from .signals import MOTION_SIGNALS, ROLES, is_signal

MOST_CUE_WORDS = 8
PHASES_OF_DRIVE: dict[str, tuple[str, ...]] = {
    "reach": ("setup", "move", "hold", "return"),
    "cycle": ("setup", "low", "high"),
    "pose": ("setup", "hold"),
    "rhythm": ("setup", "hold"),
}
"""The phases of each kind of drive, in order."""


class _MovementPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _check_signal(signal: str) -> str:
    if not is_signal(signal):
        sides = ", ".join(("left", "right", *ROLES))
        raise ValueError(
            f"unknown signal {signal!r}; expected a measurement (list them with `formcheck movements signals`; "
            f"sides: {sides}) or one of {', '.join(MOTION_SIGNALS)}"
        )
    return signal


def _check_short(cue: str) -> str:
    if len(cue.split()) > MOST_CUE_WORDS:
        raise ValueError(f"expected at most {MOST_CUE_WORDS} words, got {len(cue.split())}: {cue!r}")
    return cue


def _read_band_end(value: object) -> object:
    if value == "open" or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)):
        return value
    raise ValueError(f"expected a number or 'open', got {value!r}")


Text = Annotated[str, Field(min_length=1, max_length=600)]
Cue = Annotated[str, Field(min_length=3, max_length=60), AfterValidator(_check_short)]
Help = Literal[
    "low back", "upper back", "hips", "back of the thighs", "front of the hips", "core strength", "sitting all day",
    "warm-up", "relaxation",
]  # fmt: skip
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Signal = Annotated[str, AfterValidator(_check_signal)]
Band = Annotated[
    list[Annotated[float | Literal["open"], BeforeValidator(_read_band_end)]], Field(min_length=2, max_length=2)
]


class Condition(_MovementPart):
    """One comparison: true only where the value is past the limit and its whole interval is past `clear`.

    `clear` is the edge of the target band: a fault is said when the value lies in the fix range and
    the uncertainty does not reach back into the target. Without it the interval must clear the limit itself.
    """

    signal: Signal
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    change: bool = False
    """Compare the change since the start posture instead of the value."""
    reduce: Literal["max", "min", "range"] | None = None
    """Compare the greatest, least value or their difference over the repetition."""

    @property
    def limit(self) -> float:
        """The limit itself."""
        return self.above if self.above is not None else float(self.below or 0.0)


class MeasureSpec(_MovementPart):
    """One thing that is measured: its signal and its target, warn and fix bands (fix = beyond warn)."""

    name: Text
    signal: Signal
    unit: str
    change: bool = False
    reduce: Literal["max", "min", "range"] | None = None
    strong_signal: Signal | None = None
    """Asked where the signal cannot be told, and believed only where it says fix: a strong finding."""
    phases: list[str] = ["hold"]
    target: Band | None = None
    warn: Band | None = None
    source: Text
    note: str = ""


def find_limits(band: Band | None) -> tuple[float, float]:
    """Return a band's lower and upper end; open ends are infinite.

    Examples
    --------
    >>> find_limits(["open", 25])
    (-inf, 25.0)
    """
    if band is None:
        return -float("inf"), float("inf")
    low, high = band
    return (-float("inf") if low == "open" else float(low)), (float("inf") if high == "open" else float(high))


class FaultSpec(_MovementPart):
    """One visible mistake: when it is there, how serious it is, and the words for it.

    `when` must hold in all its parts; `or_when` lists further groups, any of which is enough.
    """

    id: Identifier
    seen: Text
    when: Annotated[list[Condition], Field(min_length=1)]
    or_when: list[Annotated[list[Condition], Field(min_length=1)]] = []
    phases: list[str] = ["hold"]
    at_end_of_repetition: bool = False
    for_s: Annotated[float, Field(ge=0, le=10)] = 1.5
    severity: Severity
    cue: Cue
    source: Text
    easier: str = ""

    @property
    def groups(self) -> list[list[Condition]]:
        """All groups of conditions; one true group is enough."""
        return [list(self.when), *self.or_when]


class Drive(_MovementPart):
    """The one number whose course makes the phases.

    kind : reach = leave the start posture, hold, return · cycle = to and fro · pose = be in a posture ·
    rhythm = steps that follow each other.
    """

    kind: Literal["reach", "cycle", "pose", "rhythm"]
    signal: Signal
    fallback: Signal | None = None
    """Used while the signal cannot be told, for instance without an own neutral."""
    departs: float = 8.0
    """reach: the movement has begun when the signal is this far from the start."""
    least: float = 15.0
    """reach: a hold begins at this distance from the start. cycle, rhythm: a turn counts after this much way back."""
    least_per_min: Annotated[float, Field(gt=0, le=300)] = 40.0
    """rhythm: slower than this is standing still."""
    side_when: list[Condition] = []
    """How the working side shows; without it, by the drive signal, or it is the side next to the camera."""
    leaves: float = 6.0
    """reach: a hold ends when the signal falls this far below the hold's own level."""
    settle_deg_per_s: float = 8.0
    """reach: a hold begins when the signal moves slower than this."""
    hold_when: list[Condition] = []
    """pose: the posture in which the clock may run."""
    low_name: str = "low"
    high_name: str = "high"
    source: Text


class Start(_MovementPart):
    """The posture the movement starts from."""

    text: Text
    when: Annotated[list[Condition], Field(min_length=1)]
    nominal: float = 0.0
    """The drive signal in this posture, used where the start itself was not filmed."""
    source: Text


class View(_MovementPart):
    """Where the camera goes."""

    camera: Literal["side", "front", "any"]
    near: Literal["working", "either"]
    camera_height: Literal["mat", "knee", "hip", "table"] = "hip"
    text: Text


class Dose(_MovementPart):
    """How long, how often."""

    hold_s: Annotated[float, Field(gt=0, le=600)] | None = None
    each_s: Annotated[float, Field(gt=0, le=600)] | None = None
    """Where the clock only counts the sum of many short holds: how long one of them is, for the words and the pacer."""
    least_hold_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    repetitions: Annotated[int, Field(ge=1, le=100)] = 1
    sets: Annotated[int, Field(ge=1, le=20)] = 1
    each_side: bool = False
    alternating: bool = False
    """The sides take turns from repetition to repetition."""
    source: Text


class SafetyQuestion(_MovementPart):
    """What cannot be seen, and the question asked instead."""

    cannot_see: Text
    ask: Text
    answers: Annotated[list[Text], Field(min_length=2)]


class Movement(_MovementPart):
    """One movement file."""

    schema_version: Literal[1]
    id: Identifier
    version: Annotated[int, Field(ge=1)]
    name: Text
    aliases: list[Text] = []
    about: Text
    steps: Annotated[list[Text], Field(min_length=1)]
    confidence: Literal["A", "B", "C"]
    posture: Literal["standing", "sitting", "all_fours", "prone", "supine", "kneeling"]
    place: Literal["floor", "standing", "chair"] = "standing"
    """Where it is done, for who looks for a stretch."""
    helps: list[Help] = []
    """What people do it for, in plain words."""
    advanced: bool = False
    """Listed only where a therapist has asked for it."""
    spine_rule: Literal[
        "neutral_hold", "long_back", "flexion_intended", "extension_intended", "flatten_to_floor", "free"
    ]
    main: Identifier
    """The measure drawn as an arc and named first."""
    essential: list[Identifier] = []
    """Measures without which nobody is told that all was well; default: the main one."""
    view: View
    start: Start
    drive: Drive
    dose: Dose
    breath: Text
    measures: Annotated[dict[Identifier, MeasureSpec], Field(min_length=1)]
    faults: Annotated[list[FaultSpec], Field(min_length=1)]
    subject: list[Condition] = []
    """What is true of the person all through: finds the subject where several people are in view."""
    recognise: list[Condition] = []
    """What tells this movement from the others in its holds (in all of it, for a cycle); for ``--movement auto``."""
    posture_tells: bool = True
    """Whether its posture alone tells it: standing after sitting does not, without the sitting before it."""
    questions: list[SafetyQuestion] = []
    stop_if: Annotated[list[Text], Field(min_length=1)]
    easier: Text
    swap: str = ""
    shared: list[str] = []
    """Ids of faults that are written once for all movements, in ``_shared.toml``."""
    sources: dict[str, Text]
    sha256: str = ""
    """Hash of the file's bytes; filled in by `load_movement`."""

    @property
    def two_sided(self) -> bool:
        """Whether one side works at a time."""
        return self.dose.each_side

    @property
    def reduced_signals(self) -> tuple[str, ...]:
        """Signals whose extremes over a repetition are asked for."""
        specs = [c for f in self.faults for g in f.groups for c in g] + list(self.measures.values())
        signals = [s for spec in specs if spec.reduce for s in (spec.signal, getattr(spec, "strong_signal", None))]
        return tuple(dict.fromkeys(filter(None, signals)))

    def fault(self, fault_id: str) -> FaultSpec:
        """Return one fault's specification; KeyError if the file has none of that id."""
        for fault in self.faults:
            if fault.id == fault_id:
                return fault
        raise KeyError(fault_id)

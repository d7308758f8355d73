"""The contents of a movement file: its tables, their keys and value types.

`movement_checks` checks what no single value shows: a phase that is never reached, a band that is upside down.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from formcheck.core.records import Severity
from formcheck.languages.phrase import Phrase

from .signals import MOTION_SIGNALS, ROLES, is_signal

MOST_CUE_WORDS = 8
MOST_TEXT = 600
"""Letters of one text in a movement file, and so of a question and of its answer."""
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


Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(Phrase)]
Cue = Annotated[str, Field(min_length=3, max_length=60), AfterValidator(_check_short), AfterValidator(Phrase)]
Help = Literal[
    "low back", "upper back", "hips", "back of the thighs", "front of the hips", "core strength", "sitting all day",
    "warm-up", "relaxation",
]  # fmt: skip
AvoidSign = Literal[
    "radiating_signs", "lasting_pain", "known_condition", "pregnancy_pressure_neck", "floor_or_joint", "sore_today",
]  # fmt: skip
"""What a person may answer before practice: R8, R9, R10, R12, R13 of the catalogue, and pain after last time."""
AVOID_SIGNS: tuple[AvoidSign, ...] = get_args(AvoidSign)
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Signal = Annotated[str, AfterValidator(_check_signal)]
Band = Annotated[
    list[Annotated[float | Literal["open"], BeforeValidator(_read_band_end)]], Field(min_length=2, max_length=2)
]


class Condition(_MovementPart):
    """One comparison of a value with a limit.

    It is true only if the value is past the limit and its whole interval is past `clear`. `clear` is the edge of the
    target band: a fault is reported if the value lies in the fix range and the uncertainty does not reach back into the
    target band. Without `clear`, the interval must be past the limit itself.
    """

    signal: Signal
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    change: bool = False
    """Compare the change since the start posture instead of the value."""
    reduce: Literal["max", "min", "range"] | None = None
    """Compare the maximum, the minimum or their difference over the repetition."""

    @property
    def limit(self) -> float:
        """Return the limit itself."""
        return self.above if self.above is not None else float(self.below or 0.0)


class MeasureSpec(_MovementPart):
    """One measure: its signal and its target, warn and fix bands (fix = beyond warn)."""

    name: Text
    signal: Signal
    unit: str
    change: bool = False
    reduce: Literal["max", "min", "range"] | None = None
    strong_signal: Signal | None = None
    """Used if the signal is unknown, and only if it says fix: a strong finding."""
    strong_target: Band | None = None
    """The target band of the strong signal, whose uncertainty is larger; default: `target`."""
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
    """One visible mistake: its conditions, its severity and its words.

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
    easier: Annotated[str, AfterValidator(Phrase)] = ""

    @property
    def groups(self) -> list[list[Condition]]:
        """Return all groups of conditions; one true group is enough."""
        return [list(self.when), *self.or_when]


class Drive(_MovementPart):
    """The signal whose change over time defines the phases.

    kind : reach = leave the start posture, hold, return · cycle = to and fro · pose = be in a posture ·
    rhythm = steps that follow each other.
    """

    kind: Literal["reach", "cycle", "pose", "rhythm"]
    signal: Signal
    fallback: Signal | None = None
    """Used while the signal is unknown, for instance without the person's own neutral."""
    departs: float = 8.0
    """reach: the movement has begun when the signal is this far from the start."""
    least: float = 15.0
    """reach: a hold begins at this distance from the start.

    cycle, rhythm: a turn counts after this much way back.
    """
    least_per_min: Annotated[float, Field(gt=0, le=300)] = 40.0
    """rhythm: slower than this is standing still."""
    side_when: list[Condition] = []
    """Conditions that show the working side.

    Without them, the drive signal shows it, or it is the side next to the camera.
    """
    leaves: float = 6.0
    """reach: a hold ends when the signal falls this far below the hold's own level."""
    settle_deg_per_s: float = 8.0
    """reach: a hold begins when the signal moves slower than this."""
    hold_when: list[Condition] = []
    """pose: the posture in which the clock may run."""
    low_name: Text = Phrase("low")
    high_name: Text = Phrase("high")
    source: Text


class Start(_MovementPart):
    """The posture the movement starts from."""

    text: Text
    when: Annotated[list[Condition], Field(min_length=1)]
    nominal: float = 0.0
    """The drive signal in this posture, used if the start itself was not filmed."""
    source: Text


class View(_MovementPart):
    """The position of the camera."""

    camera: Literal["side", "front", "any"]
    near: Literal["working", "either"]
    camera_height: Literal["mat", "knee", "hip", "table"] = "hip"
    text: Text


class Dose(_MovementPart):
    """Durations and numbers of repetitions."""

    hold_s: Annotated[float, Field(gt=0, le=600)] | None = None
    each_s: Annotated[float, Field(gt=0, le=600)] | None = None
    """Length of one of many short holds whose sum the clock counts.

    For the words and the pacer.
    """
    least_hold_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    repetitions: Annotated[int, Field(ge=1, le=100)] = 1
    sets: Annotated[int, Field(ge=1, le=20)] = 1
    each_side: bool = False
    alternating: bool = False
    """The sides take turns from repetition to repetition."""
    source: Text


MOST_TEACH_WORDS = 46
"""About a quarter of a minute, spoken slowly."""


class Teach(_MovementPart):
    """What a person hears before the movement, spoken in a quarter of a minute.

    camera : where it goes · how : how the movement goes · feel : what to feel, and where · stop : when to stop.
    """

    camera: Text
    how: Text
    feel: Text
    stop: Text

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        count = len(f"{self.camera} {self.how} {self.feel} {self.stop}".split())
        if count > MOST_TEACH_WORDS:
            raise ValueError(f"expected at most {MOST_TEACH_WORDS} words in all, got {count}; they are spoken")
        return self


Lead = Literal["on", "easier", "swap", "stop"]
"""Where an answer leads: on as before, to the easier way, to the milder movement, to the end for today."""


class SafetyQuestion(_MovementPart):
    """A question about something that a camera cannot see."""

    cannot_see: Text
    ask: Text
    answers: Annotated[list[Text], Field(min_length=2)]
    leads: list[Lead] = []
    """Where each answer leads, in the same order; without it, every answer leads on."""
    wait_s: Annotated[int, Field(ge=10, le=300)] | None = None
    """How long to wait and see before one can answer; the page shows the time."""

    @model_validator(mode="after")
    def _check_leads(self) -> Self:
        if self.leads and len(self.leads) != len(self.answers):
            raise ValueError(f"expected one lead for each of {len(self.answers)} answers, got {len(self.leads)}")
        return self


class AvoidRule(_MovementPart):
    """What one answer of the person does to the movement.

    closed = it is not offered · softened = it is offered with a word of caution.
    """

    offer: Literal["closed", "softened"]
    source: Text


NOT_ASSESSED = AvoidRule(offer="closed", source="the movement file has no table avoid_if, so nobody has decided it")


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
    """Where the movement is done, for people who look for a stretch."""
    helps: list[Help] = []
    """The purposes for which people do it, in plain words."""
    advanced: bool = False
    """Listed only if a therapist has asked for it."""
    spine_rule: Literal[
        "neutral_hold", "long_back", "flexion_intended", "extension_intended", "flatten_to_floor", "free"
    ]
    main: Identifier
    """The measure drawn as an arc and named first."""
    essential: list[Identifier] = []
    """Measures that must be known before the verdict can be ok.

    Default: the main one.
    """
    view: View
    start: Start
    drive: Drive
    dose: Dose
    breath: Text
    teach: Teach | None = None
    """What is said before the first set; a file without it is taught by its steps."""
    measures: Annotated[dict[Identifier, MeasureSpec], Field(min_length=1)]
    faults: Annotated[list[FaultSpec], Field(min_length=1)]
    subject: list[Condition] = []
    """Conditions that hold throughout; they find the subject among several people."""
    recognise: list[Condition] = []
    """Conditions that distinguish this movement from the others, for ``--movement auto``.

    They apply in its holds; for a cycle, in all of it.
    """
    posture_tells: bool = True
    """Whether the posture alone identifies the movement.

    Standing after sitting does not identify it without the sitting before.
    """
    questions: list[SafetyQuestion] = []
    stop_if: Annotated[list[Text], Field(min_length=1)]
    easier: Text
    harder: Annotated[str, AfterValidator(Phrase)] = ""
    """What to do where it is too easy: slower, steadier, longer or with less support; never a larger range."""
    swap: str = ""
    shared: list[str] = []
    """Ids of faults that all movements share, from ``_shared.toml``."""
    avoid_if: dict[AvoidSign, AvoidRule] | None = None
    """The answers that leave the movement out, or soften it.

    A table is complete: an answer it does not name changes nothing. Without a table, every answer leaves the movement
    out, because nobody has decided for whom it suits.
    """
    sources: dict[str, Text]
    sha256: str = ""
    """Hash of the file's bytes; filled in by `load_movement`."""

    @property
    def two_sided(self) -> bool:
        """Return whether one side works at a time."""
        return self.dose.each_side

    @property
    def avoided(self) -> dict[AvoidSign, AvoidRule]:
        """Return the rule of each answer that leaves the movement out or softens it."""
        return dict.fromkeys(AVOID_SIGNS, NOT_ASSESSED) if self.avoid_if is None else dict(self.avoid_if)

    @property
    def reduced_signals(self) -> tuple[str, ...]:
        """Return the signals whose extremes over a repetition are needed."""
        specs = [c for f in self.faults for g in f.groups for c in g] + list(self.measures.values())
        signals = [s for spec in specs if spec.reduce for s in (spec.signal, getattr(spec, "strong_signal", None))]
        return tuple(dict.fromkeys(filter(None, signals)))

    def fault(self, fault_id: str) -> FaultSpec:
        """Return one fault's specification; KeyError if the file has none of that id."""
        for fault in self.faults:
            if fault.id == fault_id:
                return fault
        raise KeyError(fault_id)

"""The schema of a movement file: load it, list the catalogue, find a movement.

A movement is a TOML file that a therapist can read; adding one needs no Python. Every number in it
carries a source. All problems of a bad file are reported at once.

Signals
-------
A signal is a measurement of `measure.NAMES`. ``near``, ``far``, ``working`` and ``other`` in its place
of a side are filled in while the film runs: ``knee_working_deg`` is ``knee_left_deg`` where the left
leg works. `MOTION_SIGNALS` are made from the course of the drive signal.
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import MovementFileError
from .records import Severity
from .signals import MOTION_SIGNALS, ROLES, is_signal, resolve, unit_of
from .skeleton import SIDES

MAX_FILE_BYTES = 200_000
PHASES: dict[str, tuple[str, ...]] = {
    "reach": ("setup", "move", "hold", "return"),
    "cycle": ("setup", "low", "high"),
    "pose": ("setup", "hold"),
}
"""The phases of each kind of drive, in order."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known(signal: str) -> str:
    if not is_signal(signal):
        raise ValueError(f"unknown signal {signal!r}: expected a measurement of `formcheck movements signals` "
                         f"(sides: left, right, {', '.join(ROLES)}) or one of {', '.join(MOTION_SIGNALS)}")  # fmt: skip
    return signal


Text = Annotated[str, Field(min_length=1, max_length=600)]
Cue = Annotated[str, Field(min_length=3, max_length=60)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]


class Condition(_Part):
    """One comparison: true only where the value is past the limit and its whole interval is past `clear`.

    `clear` is the edge of the target band: a fault is said when the value lies in the fix range and
    the uncertainty does not reach back into the target. Without it the interval must clear the limit itself.
    """

    signal: str
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    change: bool = False
    """Compare the change since the start posture instead of the value."""
    reduce: Literal["max", "min", "range"] | None = None
    """Compare the greatest, least value or their difference over the repetition."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _known(self.signal)
        if (self.above is None) == (self.below is None):
            raise ValueError("expected exactly one of 'above' and 'below'")
        limit = self.above if self.above is not None else self.below
        assert limit is not None
        if self.clear is not None and (self.clear > limit if self.above is not None else self.clear < limit):
            raise ValueError(f"'clear' = {self.clear} lies beyond the limit {limit}: expected the edge of the target band")
        return self

    @property
    def limit(self) -> float:
        """The limit itself."""
        return self.above if self.above is not None else float(self.below or 0.0)


Band = Annotated[list[float | Literal["open"]], Field(min_length=2, max_length=2)]


class MeasureSpec(_Part):
    """One thing that is measured: its signal and its target, warn and fix bands (fix = beyond warn)."""

    name: Text
    signal: str
    unit: str
    change: bool = False
    reduce: Literal["max", "min", "range"] | None = None
    strong_signal: str | None = None
    """Asked where the signal cannot be told, and believed only where it says fix: a strong finding."""
    phases: list[str] = ["hold"]
    target: Band | None = None
    warn: Band | None = None
    source: Text
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for signal in filter(None, (self.signal, self.strong_signal)):
            _known(signal)
        if self.unit != unit_of(self.signal):
            raise ValueError(f"unit {self.unit!r}: expected {unit_of(self.signal)!r}, the unit of {self.signal}")
        for label, band in (("target", self.target), ("warn", self.warn)):
            low, high = limits(band)
            if low >= high:
                raise ValueError(f"{label} band {band} is upside down: expected [lower, upper]")
        if self.warn and self.target:
            (tl, th), (wl, wh) = limits(self.target), limits(self.warn)
            if wl > tl or wh < th:
                raise ValueError(f"warn band {self.warn} must enclose the target band {self.target}")
        return self


def limits(band: Band | None) -> tuple[float, float]:
    """Return a band's lower and upper end; open ends are infinite.

    Examples
    --------
    >>> limits(["open", 25])
    (-inf, 25.0)
    """
    if band is None:
        return -float("inf"), float("inf")
    low, high = band
    return (-float("inf") if low == "open" else float(low)), (float("inf") if high == "open" else float(high))


class FaultSpec(_Part):
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

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.cue.split()) > 8:
            raise ValueError(f"cue {self.cue!r} has {len(self.cue.split())} words: expected at most 8")
        return self

    @property
    def groups(self) -> list[list[Condition]]:
        """All groups of conditions; one true group is enough."""
        return [list(self.when), *self.or_when]


class Drive(_Part):
    """The one number whose course makes the phases.

    kind : reach = leave the start posture, hold, return · cycle = to and fro · pose = be in a posture.
    """

    kind: Literal["reach", "cycle", "pose"]
    signal: str
    fallback: str | None = None
    """Used while the signal cannot be told, for instance without an own neutral."""
    departs: float = 8.0
    """reach: the movement has begun when the signal is this far from the start."""
    least: float = 15.0
    """reach: a hold begins at this distance from the start. cycle: a turn counts after this much way back."""
    leaves: float = 6.0
    """reach: a hold ends when the signal falls this far below the hold's own level."""
    settle_deg_per_s: float = 8.0
    """reach: a hold begins when the signal moves slower than this."""
    hold_when: list[Condition] = []
    """pose: the posture in which the clock may run."""
    low_name: str = "low"
    high_name: str = "high"
    source: Text

    @model_validator(mode="after")
    def _check(self) -> Self:
        for signal in filter(None, (self.signal, self.fallback)):
            _known(signal)
        if self.kind == "pose" and not self.hold_when:
            raise ValueError("kind 'pose' needs 'hold_when': the posture in which the clock runs")
        return self


class Start(_Part):
    """The posture the movement starts from."""

    text: Text
    when: Annotated[list[Condition], Field(min_length=1)]
    nominal: float = 0.0
    """The drive signal in this posture, used where the start itself was not filmed."""
    source: Text


class View(_Part):
    """Where the camera goes."""

    camera: Literal["side", "front", "any"]
    near: Literal["working", "either"]
    text: Text


class Dose(_Part):
    """How long, how often."""

    hold_s: Annotated[float, Field(gt=0, le=600)] | None = None
    least_hold_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    repetitions: Annotated[int, Field(ge=1, le=100)] = 1
    sets: Annotated[int, Field(ge=1, le=20)] = 1
    each_side: bool = False
    source: Text


class Question(_Part):
    """What cannot be seen, and the question asked instead."""

    cannot_see: Text
    ask: Text
    answers: Annotated[list[Text], Field(min_length=2)]


class Movement(_Part):
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
    questions: list[Question] = []
    stop_if: Annotated[list[Text], Field(min_length=1)]
    easier: Text
    swap: str = ""
    shared: list[str] = []
    """Ids of faults that are written once for all movements, in ``_shared.toml``."""
    sources: dict[str, Text]
    sha256: str = ""
    """Hash of the file's bytes; filled in by `load_movement`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        known = PHASES[self.drive.kind]
        for where, phases in [(f"measures.{k}", m.phases) for k, m in self.measures.items()] + [
            (f"faults.{f.id}", f.phases) for f in self.faults
        ]:
            problems += [f"{where}.phases: {p!r} is never reached; expected of {', '.join(known)}" for p in phases if p not in known]
        if self.main not in self.measures:
            problems.append(f"main: {self.main!r} is no measure of this file")
        problems += [f"essential: {e!r} is no measure of this file" for e in self.essential if e not in self.measures]
        ids = [f.id for f in self.faults]
        problems += [f"faults: id {i!r} stands twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def two_sided(self) -> bool:
        """Whether one side works at a time."""
        return self.dose.each_side

    @property
    def reduced_signals(self) -> tuple[str, ...]:
        """Signals whose extremes over a repetition are asked for."""
        specs = [c for f in self.faults for g in f.groups for c in g] + list(self.measures.values())
        return tuple(dict.fromkeys(spec.signal for spec in specs if spec.reduce))

    def fault(self, fault_id: str) -> FaultSpec:
        """Return one fault's specification; KeyError if the file has none of that id."""
        for fault in self.faults:
            if fault.id == fault_id:
                return fault
        raise KeyError(fault_id)


def catalogue() -> list[str]:
    """Return the ids of all movements that come with formcheck, sorted."""
    folder = resources.files("formcheck.movements")
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml") and entry.name[0] != "_")


def load_movement(movement: str | Path) -> Movement:
    """Return a movement by id or from a file.

    Parameters
    ----------
    movement : id of the catalogue, or path of a TOML file.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.
    """
    return parse_movement(movement_bytes(movement), Path(movement).with_suffix(".toml").name)


def movement_bytes(movement: str | Path) -> bytes:
    """Return the bytes of a movement file, by id or path; errors as in `load_movement`."""
    name = str(movement)
    if name in catalogue():
        return resources.files("formcheck.movements").joinpath(f"{name}.toml").read_bytes()
    path = Path(movement)
    if not path.suffix and not path.exists():
        raise MovementFileError(name, [f"expected a movement id or a .toml file; known ids: {', '.join(catalogue())}"])
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise MovementFileError(
                path.name, [f"expected at most {MAX_FILE_BYTES // 1000} kB, got {path.stat().st_size // 1000} kB; a movement file is text"]
            )
        return path.read_bytes()
    except OSError as error:
        raise MovementFileError(path.name, [f"expected a readable file, got: {error.strerror}; check the path"]) from None


def parse_movement(content: bytes, where: str) -> Movement:
    """Return the movement that the bytes of a file describe; see `load_movement` for errors."""
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise MovementFileError(where, ["expected UTF-8 text in TOML, got binary data"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MovementFileError(where, [f"expected TOML, got a syntax error: {error}"]) from None
    shared_bytes = resources.files("formcheck.movements").joinpath("_shared.toml").read_bytes()
    shared = {fault["id"]: fault for fault in tomllib.loads(shared_bytes.decode("utf-8"))["faults"]}
    named = document.get("shared", []) if isinstance(document.get("shared", []), list) else []
    unknown = [f"shared: unknown fault {i!r}; expected of {', '.join(shared)}" for i in named if i not in shared]
    if isinstance(document.get("faults"), list):
        document["faults"] = document["faults"] + [shared[i] for i in named if i in shared]
    document["sha256"] = hashlib.sha256(content + shared_bytes).hexdigest()
    try:
        movement = Movement.model_validate(document)
    except ValidationError as error:
        raise MovementFileError(where, unknown + [_problem(e) for e in error.errors()]) from None
    if unknown:
        raise MovementFileError(where, unknown)
    return movement


def _problem(error: Any) -> str:
    """One line for one problem: where, what was expected, what came."""
    place = ".".join(str(p) for p in error["loc"]) or "file"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{place}: expected a value, the key is missing"
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown key; remove it or mend its spelling"
    came = "" if error["type"] == "value_error" else f", got {str(error['input'])[:60]!r}"
    return f"{place}: {message[0].lower()}{message[1:]}{came}"


__all__ = [
    "MOTION_SIGNALS", "PHASES", "SIDES", "Condition", "Dose", "Drive", "FaultSpec", "MeasureSpec", "Movement", "Question",
    "Start", "View", "catalogue", "is_signal", "limits", "load_movement", "parse_movement", "resolve", "unit_of",
]  # fmt: skip

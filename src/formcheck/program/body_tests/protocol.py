"""Read test protocols: what is done, what is measured, and which change counts.

A protocol is a TOML file that a therapist can read; a new test whose measurement exists needs no Python. The movement
of a test is one of the catalogue, or a file in `protocols/movements` that serves tests only. All problems of a bad file
are reported at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, load_movement, parse_movement
from formcheck.core.movement.schema import AvoidRule, AvoidSign, Identifier, Movement, Signal, Text
from formcheck.core.movement.toml_files import MAX_FILE_BYTES, parse_model, read_file_bytes
from formcheck.core.movement.wording import find_unnamed_sources
from formcheck.core.skeleton import SIDES, Side


class Complaint(StrEnum):
    """What bothers the person; it chooses the tests."""

    HAMSTRING = "back_of_thighs"
    HIP = "hips"
    STIFF = "stiff_back"
    DESK = "sitting"


class Statistic(StrEnum):
    """How one trial becomes one number."""

    MAX = "max"
    MIN = "min"
    RANGE = "range"
    MEDIAN_STILL = "median_still"
    VALID_HOLD_S = "valid_hold_s"
    REPETITION_S = "repetition_s"
    COUNT = "count"


WITHOUT_SIGNAL = frozenset({Statistic.VALID_HOLD_S, Statistic.REPETITION_S, Statistic.COUNT})
"""Statistics of the clock, and what the person counts."""


class _ProtocolPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TrialCondition(_ProtocolPart):
    """A condition on the frames of a trial: a signal above or below a limit."""

    signal: Signal
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _check_limit(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("expected a limit, either above or below")
        return self


class ProtocolMeasure(_ProtocolPart):
    """The number of a test.

    Parameters
    ----------
    name : in everyday words; it follows "your".
    statistic : how a trial becomes a number.
    signal : a measurement of formcheck; left out for a statistic of the clock.
    unit : of the result. cm = the signal is in trunk lengths, and the body height gives the scale.
    scale : standing = the height of the ears in the start posture gives the scale; trunk = the usual share of the trunk
        in the body height, which is less exact.
    while_ : conditions on the frames that count.
    more_is_better : whether a larger number is the wanted direction; None = neither direction is.
    decimals : with which it is shown.
    """

    name: Text
    statistic: Statistic
    signal: Signal | None = None
    unit: Literal["deg", "cm", "pct", "s", "per_min", "tl"]
    scale: Literal["standing", "trunk"] | None = None
    while_: Annotated[list[TrialCondition], Field(alias="while")] = []
    more_is_better: bool | None = None
    decimals: Annotated[int, Field(ge=0, le=2)] = 0

    @model_validator(mode="after")
    def _check_signal(self) -> Self:
        if (self.signal is None) != (self.statistic in WITHOUT_SIGNAL):
            raise ValueError(f"expected a signal exactly for statistics other than {', '.join(sorted(WITHOUT_SIGNAL))}")
        if (self.scale is None) != (self.unit != "cm"):
            raise ValueError("expected a scale exactly for the unit cm")
        return self


class ChangeThreshold(_ProtocolPart):
    """The smallest change that counts, until the person's own error is known.

    Parameters
    ----------
    same_day, other_day : in the unit of the measure; with `relative`, in percent of the first value.
    usual_between_sides : a difference that healthy people show; None for a test without sides, or if none is known.
    """

    same_day: Annotated[float, Field(gt=0)]
    other_day: Annotated[float, Field(gt=0)]
    relative: bool = False
    usual_between_sides: Annotated[float, Field(gt=0)] | None = None
    provisional: Literal[True] = True
    source: Text


class PublishedError(_ProtocolPart):
    """What is published about error and usual values; for context only."""

    error: Text
    usual: Text
    source: Text


class Protocol(_ProtocolPart):
    """One protocol file.

    Parameters
    ----------
    measured : camera = from pictures; person = the person counts or says it; no = not yet, `why` says so.
    movement : id of the catalogue or of a file for tests; empty unless the camera measures.
    about : what the test shows, one sentence. What it cannot show belongs to it.
    instruction : plain words; the person does them side by side.
    camera_text : where the camera goes, if the movement's own words do not fit the test.
    each_side : left and right are tested, one after the other.
    order : standing before sitting before the floor.
    practice, trials : repetitions that do not count, and those that do.
    hold_s : how long to stay at the end of each; None = no hold.
    trust : low = a badge says that little can be concluded.
    complaints : that choose this test.
    blocked_by : answers of the screening that leave it out, beyond those of the movement.
    ask : the question, if the person gives the number.
    """

    schema_version: Literal[1]
    id: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{0,15}$")]
    name: Text
    measured: Literal["camera", "person", "no"] = "camera"
    why: str = ""
    movement: Identifier | Literal[""] = ""
    about: Text
    instruction: Annotated[list[Text], Field(min_length=1, max_length=8)]
    camera_text: str = ""
    each_side: bool = False
    order: Annotated[int, Field(ge=1, le=99)]
    practice: Annotated[int, Field(ge=0, le=3)] = 1
    trials: Annotated[int, Field(ge=1, le=5)] = 3
    hold_s: Annotated[float, Field(gt=0, le=180)] | None = None
    trust: Literal["usual", "low"] = "usual"
    complaints: list[Complaint]
    blocked_by: list[AvoidSign] = []
    ask: str = ""
    measure: ProtocolMeasure | None = None
    threshold: ChangeThreshold | None = None
    published: PublishedError
    sources: dict[str, Text]

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        needed = {
            "movement": bool(self.movement) == (self.measured == "camera"),
            "why": bool(self.why) == (self.measured != "camera"),
            "ask": bool(self.ask) == (self.measured == "person"),
            "measure": (self.measure is None) == (self.measured == "no"),
            "threshold": (self.threshold is None) == (self.measured == "no"),
        }
        wrong = [name for name, is_right in needed.items() if not is_right]
        if wrong:
            raise ValueError(f"measured = {self.measured!r} does not go with {', '.join(wrong)}: missing or too much")
        return self

    @property
    def sides(self) -> tuple[Side | None, ...]:
        """Return the sides to test; one None if the test has none."""
        return SIDES if self.each_side else (None,)

    @property
    def repetitions(self) -> int:
        """Return how often it is done in one go, practice included."""
        return self.practice + self.trials


def list_protocols() -> list[str]:
    """Return the ids of all tests, in the order in which they are done.

    Examples
    --------
    >>> list_protocols()[:3]
    ['T9', 'T1', 'T2']
    """
    return [one.id for one in load_protocols()]


@cache
def load_protocols() -> tuple[Protocol, ...]:
    """Return all tests of formcheck, standing before sitting before the floor."""
    folder = resources.files("formcheck.protocols")
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    read = [parse_protocol(entry.read_bytes(), entry.name) for entry in files]
    return tuple(sorted(read, key=lambda one: (one.order, one.id)))


def load_protocol(test: str | Path) -> Protocol:
    """Return a test by its id, or from a file.

    Raises
    ------
    MovementFileError
        There is no test with this id, or its file cannot be used; with every problem.

    Examples
    --------
    >>> load_protocol("T1").movement
    'hamstring_hinge_standing'
    """
    path = Path(test)
    if path.suffix == ".toml":
        return parse_protocol(read_file_bytes(path, MAX_FILE_BYTES), path.name)
    found = next((one for one in load_protocols() if one.id == str(test)), None)
    if found is None:
        raise MovementFileError(
            str(test), [f"expected a test or a .toml file; known tests: {', '.join(list_protocols())}"]
        )
    return found


def parse_protocol(content: bytes, where: str) -> Protocol:
    """Return the test that the bytes of a file describe.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.
    """
    return parse_model(Protocol, content, where, _find_contradictions)


def _find_contradictions(protocol: Protocol) -> Iterator[str]:
    """Yield one line for each thing that no single value shows."""
    cited = [("published.source", protocol.published.source)]
    if protocol.threshold is not None:
        cited.append(("threshold.source", protocol.threshold.source))
        if protocol.threshold.other_day < protocol.threshold.same_day:
            yield "threshold.other_day: expected at least that of the same day; another day adds an error"
    yield from find_unnamed_sources(cited, protocol.sources)
    if protocol.movement and protocol.movement not in (*catalogue(), *list_test_movements()):
        known = ", ".join(list_test_movements())
        yield (f"movement: expected an id of `formcheck movements list` or one of {known}, got {protocol.movement!r}")


# The movement of a test -----------------------------------------------------------------------------------------------

_OF_A_TEST = "test_"
"""The id of a test's movement begins with this; no movement of the catalogue does."""


@cache
def list_test_movements() -> tuple[str, ...]:
    """Return the ids of the movements that serve tests only."""
    folder = resources.files("formcheck.protocols.movements")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_test_movement(protocol: Protocol) -> Movement:
    """Return the movement of a test, with the test's own id, words and dose.

    Faults and bands stay those of the movement. Answers of the screening that block the test close it.

    Raises
    ------
    MovementFileError
        The camera does not measure this test.
    """
    if not protocol.movement:
        raise MovementFileError(
            protocol.id, [f"expected a test that the camera measures, got one it does not: {protocol.why}"]
        )
    movement = _load_any_movement(protocol.movement)
    closed = AvoidRule(offer="closed", source=f"test {protocol.id}")
    changed: dict[str, Any] = {
        "id": f"{_OF_A_TEST}{protocol.id.lower()}",
        "name": protocol.name,
        "about": protocol.about,
        "steps": list(protocol.instruction),
        "teach": None,
        "view": movement.view.model_copy(update=_find_view_changes(protocol)),
        "questions": [],
        "avoid_if": movement.avoided | dict.fromkeys(protocol.blocked_by, closed),
        "dose": movement.dose.model_copy(
            update={
                "hold_s": protocol.hold_s,
                "least_hold_s": 0.0,
                "repetitions": protocol.repetitions,
                "sets": 1,
                "each_side": protocol.each_side,
                "alternating": False,
            }
        ),
    }
    return movement.model_copy(update=changed)


def _find_view_changes(protocol: Protocol) -> dict[str, Any]:
    words = {"text": protocol.camera_text} if protocol.camera_text else {}
    return words if protocol.each_side else {**words, "near": "either"}


def find_test(movement_id: str) -> Protocol | None:
    """Return the test whose movement has this id; None without one.

    Examples
    --------
    >>> find_test(load_test_movement(load_protocol("T4b")).id).id, find_test("plank")
    ('T4b', None)
    """
    if not movement_id.startswith(_OF_A_TEST):
        return None
    name = movement_id.removeprefix(_OF_A_TEST)
    return next((one for one in load_protocols() if one.movement and one.id.lower() == name), None)


def _load_any_movement(movement_id: str) -> Movement:
    if movement_id in catalogue():
        return load_movement(movement_id)
    name = f"{movement_id}.toml"
    return parse_movement(resources.files("formcheck.protocols.movements").joinpath(name).read_bytes(), name)

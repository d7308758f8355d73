"""Read what a therapist prescribes to one person.

Own limits, dose and choice of movements are an overlay on the movement files. A prescription is a TOML file. It names
only what differs; everything else stays as the movement file has it. All problems of a bad file are reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, model_validator
from tomlkit.items import Table

from formcheck.core.display import format_number
from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, parse_movement, read_movement_bytes
from formcheck.core.movement.schema import Band, Dose, Identifier, MeasureSpec, Movement
from formcheck.core.movement.toml_files import parse_model
from formcheck.languages.phrase import Phrase

MOST_NAME = 300
OwnFiles = Mapping[str, bytes]
"""Id -> bytes of each own movement file of this computer."""
NO_OWN: OwnFiles = {}


class _PrescriptionRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PrescribedLimits(_PrescriptionRecord):
    """The bands of one measure for this person; None = as in the movement file."""

    target: Band | None = None
    warn: Band | None = None

    @model_validator(mode="after")
    def _require_one(self) -> PrescribedLimits:
        if self.target is None and self.warn is None:
            raise ValueError("expected target or warn, got neither")
        return self


class PrescribedMovement(_PrescriptionRecord):
    """One movement that this person is to do.

    Parameters
    ----------
    movement : its id.
    variant : "easier" shows and says the easier way of the movement file.
    hold_s, repetitions : the dose; None = as in the movement file.
    limits : measure -> its bands for this person.
    note : what the therapist says about it, to the person.
    """

    movement: Identifier
    variant: Literal["usual", "easier"] = "usual"
    hold_s: Annotated[float, Field(gt=0, le=600)] | None = None
    repetitions: Annotated[int, Field(ge=1, le=100)] | None = None
    limits: dict[Identifier, PrescribedLimits] = {}
    note: Annotated[str, Field(max_length=300)] = ""


class Prescription(_PrescriptionRecord):
    """One prescription file.

    Parameters
    ----------
    patient : a name, or a code that only the therapist can resolve.
    by : who prescribes.
    goal : what it is for, in the person's words.
    days_a_week : how often.
    review_on : when the therapist looks again.
    movements : those that are allowed, in their order.
    """

    schema_version: Literal[1]
    patient: Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
    by: Annotated[str, Field(max_length=MOST_NAME)] = ""
    written_on: date
    review_on: date | None = None
    goal: Annotated[str, Field(max_length=MOST_NAME)] = ""
    days_a_week: Annotated[int, Field(ge=1, le=7)] = 3
    movements: Annotated[list[PrescribedMovement], Field(min_length=1, max_length=40)]

    def find(self, movement_id: str) -> PrescribedMovement | None:
        """Return what is prescribed of one movement; None if it is not on the list."""
        return next((one for one in self.movements if one.movement == movement_id), None)


PrescribedForm = Mapping[str, Any]


class PrescribedChange(NamedTuple):
    """One number of a movement file that is another one for this person.

    Parameters
    ----------
    code : "target_low", "target_high", "warn_low", "warn_high", "hold_s" or "repetitions".
    measure : id of the measure; empty for the dose.
    before, after : the numbers; None = open, or not asked for.
    unit : of both.
    """

    code: str
    measure: str
    before: float | None
    after: float | None
    unit: str


def read_known_bytes(movement_id: str, own: OwnFiles = NO_OWN) -> bytes:
    """Return the bytes of a movement of formcheck or of an own file."""
    return read_movement_bytes(movement_id) if movement_id in catalogue() else own[movement_id]


def parse_prescription(content: bytes, where: str, own: OwnFiles = NO_OWN) -> Prescription:
    """Return the prescription that the bytes of a file hold.

    Parameters
    ----------
    own : movement files that it may name besides those of formcheck.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.
    """
    return parse_model(Prescription, content, where, lambda found: _find_problems(found, own))


def _find_problems(prescription: Prescription, own: OwnFiles) -> list[str]:
    problems, seen = [], set[str]()
    for number, one in enumerate(prescription.movements):
        place = f"movements.{number}"
        if one.movement not in own and one.movement not in catalogue():
            problems.append(f"{place}.movement: expected the id of a movement, got {one.movement!r}; "
                            "see `formcheck movements list`")  # fmt: skip
            continue
        if one.movement in seen:
            problems.append(f"{place}.movement: expected each movement once, got {one.movement!r} twice")
        seen.add(one.movement)
        measures = parse_movement(read_known_bytes(one.movement, own), one.movement).measures
        unknown = [measure for measure in one.limits if measure not in measures]
        problems += [
            f"{place}.limits.{measure}: expected a measure of {one.movement} ({', '.join(measures)}), got {measure!r}"
            for measure in unknown
        ]
        if not unknown:
            try:
                personalise(one, own)
            except MovementFileError as error:
                problems += [f"{place}: {problem}" for problem in error.problems]
    review_on = prescription.review_on
    if review_on is not None and review_on < prescription.written_on:
        problems.append(f"review_on: expected a day from {prescription.written_on} on, got {review_on}")
    return problems


def write_prescription(values: Mapping[str, Any], movements: Sequence[PrescribedForm], own: OwnFiles = NO_OWN) -> bytes:
    """Return a prescription file.

    What is as in the movement file is left out.

    Parameters
    ----------
    values : patient, by, written_on, review_on, goal and days_a_week; empty ones are left out.
    movements : keys of `PrescribedMovement`, as a form has them; not checked yet, see `parse_prescription`.
    """
    document = tomlkit.document()
    document.add("schema_version", 1)
    for key in ("patient", "by", "written_on", "review_on", "goal", "days_a_week"):
        if values.get(key) not in (None, ""):
            document.add(key, values[key])
    tables = tomlkit.aot()
    for movement in movements:
        tables.append(_write_movement(movement, own))
    document.add("movements", tables)
    return tomlkit.dumps(document).encode("utf-8")


def _write_movement(movement: PrescribedForm, own: OwnFiles) -> Table:
    usual = parse_movement(read_known_bytes(str(movement["movement"]), own), str(movement["movement"]))
    table = tomlkit.table()
    table.add("movement", movement["movement"])
    for key in ("variant", "hold_s", "repetitions", "note"):
        value = movement.get(key)
        if value not in (None, "", "usual", getattr(usual.dose, key, None)):
            table.add(key, value)
    for measure, bands in dict(movement.get("limits") or {}).items():
        for band, value in dict(bands).items():
            if value != getattr(usual.measures.get(measure), band, None):
                table.append(tomlkit.key(["limits", measure, band]), [_shorten_number(end) for end in value])
    return table


def _shorten_number(end: Any) -> Any:
    return int(end) if isinstance(end, float) and end.is_integer() else end


def list_as_form(one: PrescribedMovement) -> dict[str, Any]:
    """Return a prescribed movement as `write_prescription` takes it."""
    limits = {
        measure: {band: value for band in ("target", "warn") if (value := getattr(bands, band)) is not None}
        for measure, bands in one.limits.items()
    }
    return {**one.model_dump(exclude={"limits"}), "limits": limits}


def personalise_bytes(prescribed: PrescribedMovement, own: OwnFiles = NO_OWN) -> bytes:
    """Return the movement file of this person: the usual one with the prescribed numbers.

    Comments and order stay, so that the two files can be read side by side.
    """
    document = tomlkit.parse(read_known_bytes(prescribed.movement, own).decode("utf-8"))
    for measure, limits in prescribed.limits.items():
        table: Any = document["measures"][measure]
        for band in ("target", "warn"):
            if (value := getattr(limits, band)) is not None:
                table[band] = value
    dose: Any = document["dose"]
    for key in ("hold_s", "repetitions"):
        if (number := getattr(prescribed, key)) is not None:
            dose[key] = int(number) if float(number).is_integer() else number
    if prescribed.hold_s is not None and float(dose.get("least_hold_s", 0)) > prescribed.hold_s:
        dose["least_hold_s"] = prescribed.hold_s
    return tomlkit.dumps(document).encode("utf-8")


def personalise(prescribed: PrescribedMovement, own: OwnFiles = NO_OWN) -> Movement:
    """Return the movement with this person's numbers.

    Raises
    ------
    MovementFileError
        The numbers contradict each other or the movement.
    """
    return parse_movement(personalise_bytes(prescribed, own), f"{prescribed.movement}.toml")


def list_prescribed_changes(prescribed: PrescribedMovement, own: OwnFiles = NO_OWN) -> list[PrescribedChange]:
    """Return what differs from the movement file, measure by measure, then the dose.

    Examples
    --------
    >>> hinge = PrescribedMovement(movement="hamstring_hinge_standing", limits={"back": {"warn": ["open", 30]}})
    >>> list_prescribed_changes(hinge)
    [PrescribedChange(code='warn_high', measure='back', before=40.0, after=30.0, unit='deg')]
    """
    usual = parse_movement(read_known_bytes(prescribed.movement, own), f"{prescribed.movement}.toml")
    personal, found = personalise(prescribed, own), []
    for measure, before in usual.measures.items():
        after = personal.measures[measure]
        for band in ("target", "warn"):
            found += _compare_bands(band, measure, before, after)
    return found + _compare_doses(usual.dose, personal.dose)


def _compare_bands(band: str, measure: str, before: MeasureSpec, after: MeasureSpec) -> list[PrescribedChange]:
    ends = []
    for place, end in enumerate(("low", "high")):
        bands = (getattr(one, band) for one in (before, after))
        old, new = (None if one is None or one[place] == "open" else float(one[place]) for one in bands)
        if old != new:
            ends.append(PrescribedChange(f"{band}_{end}", measure, old, new, before.unit))
    return ends


def _compare_doses(before: Dose, after: Dose) -> list[PrescribedChange]:
    pairs = (("hold_s", before.hold_s, after.hold_s, "s"), ("repetitions", before.repetitions, after.repetitions, ""))
    return [PrescribedChange(code, "", old, new, unit) for code, old, new, unit in pairs if old != new]


_BAND_END_WORDS = {
    "target_low": Phrase("{measure} is on target from {after} instead of {before}"),
    "target_high": Phrase("{measure} is on target up to {after} instead of {before}"),
    "warn_low": Phrase("{measure} warns below {after} instead of {before}"),
    "warn_high": Phrase("{measure} warns from {after} instead of {before}"),
}
_DOSES = {
    "hold_s": Phrase("Hold: {after} instead of {before}"),
    "repetitions": Phrase("Repetitions: {after} instead of {before}"),
}
_NO_LIMIT = Phrase("no limit")


def describe_change(change: PrescribedChange, movement: Movement) -> str:
    """Return one change in words.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> change = PrescribedChange("warn_high", "back", 40.0, 30.0, "deg")
    >>> describe_change(change, load_movement("hamstring_hinge_standing"))
    'Back shape warns from 30° instead of 40°'
    """
    before, after = (_describe_number(value, change.unit) for value in (change.before, change.after))
    if not change.measure:
        return _DOSES[change.code].format(after=after, before=before)
    name = movement.measures[change.measure].name
    return _BAND_END_WORDS[change.code].format(measure=name, after=after, before=before)


def _describe_number(value: float | None, unit: str) -> str:
    if value is None:
        return _NO_LIMIT
    return f"{value:g} s" if unit == "s" else format_number(value, unit)

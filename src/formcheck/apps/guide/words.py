"""Word the contents of a movement file: place, dose, visibility, alternative."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import AvoidSign, Band, Condition, FaultSpec, MeasureSpec, Movement
from formcheck.languages.phrase import Phrase, capitalise

UNIT_ENDINGS = {
    "deg": "°",
    "pct": " %",
    "tl": " trunk lengths",
    "deg_per_s": "°/s",
    "per_min": "/min",
    "s": " s",
    "n": "",
}
PLACES = {"floor": "on the floor", "standing": "standing", "chair": "with a chair"}
HEIGHTS = {
    "mat": Phrase("mat height"),
    "knee": Phrase("knee height"),
    "hip": Phrase("hip height"),
    "table": Phrase("table height"),
}
CLASSES = {
    "A": "seen well",
    "B": "seen fairly well: lying down, joints are easily mixed up",
    "C": "seen roughly, folded or crossed: a timer, rough checks and your own answers",
}
SEVERITY_WORDS = {"info": "note", "adjust": "adjust", "fix": "fix: the hold clock waits", "stop": "stop"}
AVOID_WORDS: dict[AvoidSign, str] = {
    "radiating_signs": "Pain, tingling or numbness in a leg or arm (R8)",
    "lasting_pain": "Pain that lasts or grows (R9)",
    "known_condition": "A known condition or operation (R10)",
    "pregnancy_pressure_neck": "Pregnancy, blood pressure, eyes, dizziness or neck (R12)",
    "floor_or_joint": "A sore joint, or the floor is hard to reach (R13)",
    "sore_today": "It hurt last time and is still sore",
}
"""The answers before practice by which a movement file leaves the movement out (`avoid_if`)."""
OFFER_WORDS = {"closed": "left out", "softened": "offered with a word of caution"}
COME_OUT = Phrase(
    "Come out slowly and rest. If this does not settle, or you notice numbness or weakness, get medical advice."
)
"""The catalogue's own sentence, section 3.2."""


@dataclass(frozen=True, slots=True)
class Swap:
    """The alternative to a movement; `id` is empty if the catalogue does not have it."""

    id: str
    words: str


def find_swap(movement: Movement) -> Swap | None:
    """Return the alternative to a movement; None if its file names none."""
    if not movement.swap:
        return None
    if movement.swap in catalogue():
        return Swap(movement.swap, load_movement(movement.swap).name)
    return Swap("", capitalise(movement.swap.replace("_", " ")))


def format_seconds(length_s: float) -> str:
    """Return a duration in everyday words.

    Examples
    --------
    >>> format_seconds(30), format_seconds(180), format_seconds(90)
    ('30 seconds', '3 minutes', '90 seconds')
    """
    if length_s >= 120 and length_s % 60 == 0:
        return Phrase("{count} minutes").format(count=f"{length_s / 60:g}")
    return Phrase("1 second") if length_s == 1 else Phrase("{count} seconds").format(count=f"{length_s:g}")


def count_holds(movement: Movement) -> tuple[float | None, int]:
    """Return the length of one hold and the number of holds, per side and set.

    The length is None without a hold.

    Examples
    --------
    >>> count_holds(load_movement("pelvic_tilt_supine")), count_holds(load_movement("cat_cow"))
    ((5.0, 10), (None, 10))
    """
    dose = movement.dose
    if dose.hold_s and dose.each_s:
        return dose.each_s, dose.repetitions * round(dose.hold_s / dose.each_s)
    return dose.hold_s, dose.repetitions


def describe_dose(movement: Movement) -> str:
    """Return how long and how often, in one line.

    Examples
    --------
    >>> describe_dose(load_movement("hamstring_hinge_standing"))
    'Hold 20 seconds, 2 times on each side'
    """
    dose, drive = movement.dose, movement.drive
    if drive.kind == "rhythm" and dose.hold_s:
        return Phrase("Keep going for {time}").format(time=format_seconds(dose.hold_s))
    if drive.kind == "pose" and not dose.hold_s:
        return Phrase("As you go, no set time")
    hold_s, repetitions = count_holds(movement)
    times = Phrase("once") if repetitions == 1 else Phrase("{count} times").format(count=repetitions)
    if dose.each_side:
        sides = Phrase("{times} on each side, in turn") if dose.alternating else Phrase("{times} on each side")
        times = sides.format(times=times)
    hold = Phrase("Hold {time}, {times}")
    words = hold.format(time=format_seconds(hold_s), times=times) if hold_s else capitalise(times)
    return Phrase("{dose}, {count} sets").format(dose=words, count=dose.sets) if dose.sets > 1 else words


def describe_band(band: Band | None, unit: str) -> str:
    """Return a band in words.

    Examples
    --------
    >>> describe_band([165, 190], "deg"), describe_band(["open", 25], "deg"), describe_band([20, "open"], "deg")
    ('165 to 190°', 'up to 25°', 'from 20°')
    """
    if band is None:
        return "shown only, not judged"
    low, high = band
    mark = UNIT_ENDINGS.get(unit, f" {unit}")
    if low == high == "open":
        return "any"
    if low == "open":
        return f"up to {high:g}{mark}"
    if high == "open":
        return f"from {low:g}{mark}"
    return f"{low:g} to {high:g}{mark}"


def measure_when(measure: MeasureSpec) -> str:
    """Return which value of a measure is judged: itself, its change, or an extreme.

    Examples
    --------
    >>> measure_when(load_movement("cat_cow").measures["cat"])
    'greatest of each repetition'
    """
    reduced = {"max": "greatest", "min": "least", "range": "range"}
    parts = ["change from the start"] if measure.change else []
    if measure.reduce:
        parts.append(f"{reduced[measure.reduce]} of each repetition")
    return ", ".join(parts)


def describe_fault_time(fault: FaultSpec) -> str:
    """Return when a fault counts, in words."""
    groups = [" and ".join(_describe_condition(one) for one in group) for group in fault.groups]
    lasts = f", for {format_seconds(fault.for_s)}" if fault.for_s and not fault.at_end_of_repetition else ""
    return " – or ".join(groups) + lasts


def _describe_condition(one: Condition) -> str:
    name, unit = name_signal(one.signal)
    change = ", change from the start," if one.change else ""
    reduced = {"max": "greatest ", "min": "least ", "range": "range of "}[one.reduce] if one.reduce else ""
    side = "above" if one.above is not None else "below"
    return f"{reduced}{name}{change} {side} {one.limit:g}{UNIT_ENDINGS.get(unit, '')}"


def name_signal(signal: str) -> tuple[str, str]:
    """Return the name of a signal in words, and its unit.

    Examples
    --------
    >>> name_signal("knee_working_deg"), name_signal("hip_drift_tl")
    (('knee (working)', 'deg'), ('hip drift', 'tl'))
    """
    for unit in ("deg_per_s", "deg", "pct", "tl", "s"):
        if signal.endswith(f"_{unit}"):
            name = signal.removesuffix(f"_{unit}")
            for role in ("working", "other", "near", "far"):
                if name.endswith(f"_{role}"):
                    return f"{name.removesuffix(f'_{role}').replace('_', ' ')} ({role})", unit
            return name.replace("_", " "), unit
    return signal.replace("_", " "), ""


def strip_words(movement: Movement) -> str:
    """Return what the four pictures of a strip show, from left to right."""
    drive = movement.drive
    if drive.kind == "cycle":
        return f"start, {drive.low_name}, on the way, {drive.high_name}"
    if drive.kind == "rhythm":
        return "start, and three later moments"
    return "start, way in, hold, way out"


def list_aliases(movement: Movement) -> list[str]:
    """Return the other names of a movement, without those that are its name."""
    return [alias for alias in movement.aliases if alias.casefold() != movement.name.casefold()]


def list_seen(movement: Movement) -> list[str]:
    """Return what the camera looks at, one entry for each measure."""
    return list(dict.fromkeys(measure.name for measure in movement.measures.values()))

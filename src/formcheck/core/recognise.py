"""Find which movement a recording shows.

Every movement watches the same recording. A movement matches if its own phases happen and, in its holds, all its
`recognise` conditions are met. The certainty comes from the share of the recording that it explains, compared with the
runner-up, and from how often such evidence was right; below `NAMED_FROM` no movement is named. A recording of a whole
session is divided into the spans that its movements explain.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from formcheck.core.measure.camera_view import MAX_YAW_DEG
from formcheck.core.measure.measure import AGAINST_START
from formcheck.core.measure.networks import DEFAULT_NETWORK
from formcheck.core.measure.person import PersonTracker, SeenPerson
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles, resolve
from formcheck.core.phases.start_posture import Rest, is_posture_met, is_posture_outside
from formcheck.core.phases.tracker import PhaseTracker

from .records import Measurements, PhaseState, PoseFrame
from .skeleton import Side

NAMED_FROM = 0.6
"""A movement is named from this certainty on."""
LOOK_STEP_S = 0.12
"""Time between two poses that are used, on average.

Phases need 5 pictures a second; recognising needs no more than 8.
"""
MOST_LOOK_GAP_S = 2 * LOOK_STEP_S
"""A pose shows what happened since the one before, but for no longer than this."""
OWN_SHARE = 0.75
"""A repetition counts if its conditions are met for this share of the hold."""
LONG_SHOWN_S = 3.0
"""[E] A posture that shows for this long shows, whatever was held before and after it."""
SOME_SHARE = 0.25
"""... and next to such a repetition, no further than `NEXT_TO_S`, also for this smaller share."""
NEXT_TO_S = 6.0
TOGETHER_S = 15.0
"""Repetitions no further apart than this belong to one span."""
LEAST_SHOWN_S = 0.5
"""A movement shows for at least this long, all repetitions together."""
LEAD_S, TAIL_S = 4.0, 1.5
"""A span includes the start posture before it and the rest after it."""
NEARLY_ALL_S = 2.0
"""A part of the recording before or after the movement that is no longer than this is judged with it."""
SHORTEST_S = 4.0
"""A movement of a session lasts at least this long.

A shorter one is a transition to another movement.
"""
ENOUGH_SHARE = 0.08
"""Least share of the time with a person in view for full certainty."""
POSE_WEIGHT = 0.6
"""A posture is weaker evidence than a way there and back.

Many movements begin in the postures of others.
"""
WAY_TRUST, POSE_TRUST, UNTOLD_TRUST = 0.98, 0.9, 0.6
"""How often a clear way there and back, a posture, and a posture that does not identify its movement were right.

Clear means that all the evidence is for one movement. Measured on recordings of which three in four show one of the
movements and one shows something else, mostly another movement that was not among the candidates
(``benchmarks.certainty``). A person who lies with bent knees may be about to do many things.
"""
STILL_CERTAINTY = 0.7
MOST_YAW_DEG = 45.0
"""From a camera further from side-on, a posture of the side view is not recognised; a single picture needs less."""
UNTOLD_WEIGHT = 0.2
"""Weight of a posture that does not identify its movement.

Any movement that happens in it takes precedence.
"""
UNSTARTED_WEIGHT = 0.75
"""A movement whose start posture was not filmed is less certain."""


@dataclass(frozen=True, slots=True)
class Span:
    """One movement found in a recording.

    Parameters
    ----------
    movement : id of the movement.
    side : working side, None if none works or both do in turn.
    from_s, to_s : the part of the recording that belongs to it.
    certainty : 0..1; see `NAMED_FROM`.
    leaves_out_s : parts within it that show something else.
    """

    movement: str
    side: Side | None
    from_s: float
    to_s: float
    certainty: float
    leaves_out_s: tuple[tuple[float, float], ...] = ()

    @property
    def spans_s(self) -> list[tuple[float, float]]:
        """Return the parts that show the movement, in the order of time."""
        begins = [self.from_s, *(to_s for _, to_s in self.leaves_out_s)]
        ends = [*(from_s for from_s, _ in self.leaves_out_s), self.to_s]
        return [(a, b) for a, b in zip(begins, ends, strict=True) if b > a]

    @property
    def named(self) -> bool:
        """Return whether it is certain enough to be named."""
        return self.certainty >= NAMED_FROM


class _SeenLook(NamedTuple):
    """One pose of a hold: seconds since the one before, and whether it fits."""

    time_s: float
    for_s: float
    is_met: bool


@dataclass(slots=True)
class _RepetitionTry:
    """One repetition of one movement, with the evidence that it is this movement.

    Parameters
    ----------
    is_posture : the movement is a posture, and no way there and back.
    looks : the poses in which the movement's own posture is to show.
    """

    side: Side | None
    from_s: float
    to_s: float
    is_posture: bool = False
    looks: list[_SeenLook] = field(default_factory=list)
    is_whole: bool = False
    counts: bool = False

    @property
    def met(self) -> list[_SeenLook]:
        """Return the poses that meet the conditions."""
        return [one for one in self.looks if one.is_met]

    @property
    def met_s(self) -> float:
        """Return for how long the conditions were met."""
        return _sum_s(self.met)

    @property
    def whole_share(self) -> float:
        """Return the share of the hold in which the conditions are met."""
        return self.met_s / _sum_s(self.looks) if self.looks else 0.0

    @property
    def share(self) -> float:
        """Return the share that counts.

        A posture that shows for long may follow another one in the same repetition: a person lies on the forearms
        before the plank. Its share is that between the first pose that meets the conditions and the last.
        """
        met = self.met
        if not self.is_posture or _sum_s(met) < LONG_SHOWN_S:
            return self.whole_share
        return _sum_s(met) / _sum_s([one for one in self.looks if met[0].time_s <= one.time_s <= met[-1].time_s])

    def trim(self) -> _RepetitionTry:
        """Return it from the first pose that meets the conditions to the last."""
        first_s, last_s = self.met[0].time_s, self.met[-1].time_s
        return replace(self, from_s=max(self.from_s, first_s), to_s=min(self.to_s, last_s + LOOK_STEP_S))

    @property
    def ends_unlike_s(self) -> list[tuple[float, float]]:
        """Return the parts at the beginning and the end that show another posture."""
        met = self.met
        if not self.is_posture or not met or self.whole_share >= OWN_SHARE:
            return []
        last_s = self.looks[-1].time_s
        ends = [(self.from_s, met[0].time_s - LOOK_STEP_S), (met[-1].time_s + LOOK_STEP_S, last_s)]
        return [(a, b) for a, b in ends if b - a >= LEAST_SHOWN_S - LOOK_STEP_S]


def _sum_s(looks: Iterable[_SeenLook]) -> float:
    return sum(one.for_s for one in looks)


@dataclass
class _Watcher:
    """One movement that watches the recording."""

    movement: Movement
    tracker: PhaseTracker
    tries: dict[int, _RepetitionTry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        drive = resolve(self.movement.drive.signal, working="left", near="left")
        self._against_start = drive in AGAINST_START

    def step(self, measurements: Measurements, person: PersonTracker, for_s: float) -> None:
        if self._against_start and self.tracker.reference.values:
            measurements = person.measured(self.tracker.reference, unsure=False)
        phase = self.tracker.step(measurements)
        running = phase.repetition
        if phase.ended is not None and phase.ended.index in self.tries:
            self.tries[phase.ended.index].to_s = phase.ended.end_s or measurements.time_s
            self.tries[phase.ended.index].is_whole = True
        if running is None or not (self._started or self.movement.posture_tells):
            return
        found = self.tries.get(running.index)
        if found is None or found.from_s != running.start_s:  # the number of a repetition that was none is used again
            is_posture = self.movement.drive.kind == "pose"
            found = _RepetitionTry(phase.side, running.start_s, measurements.time_s, is_posture)
            self.tries[running.index] = found
        found.side, found.to_s, found.counts = phase.side, measurements.time_s, running.counts
        roles = Roles(phase.side, phase.near)
        # after a cut this is a close-up: what the model guesses outside it is no evidence
        is_close_up = measurements.cuts > 0 and is_posture_outside(self.movement.recognise, measurements, roles)
        if self._shows(phase) and not is_close_up:
            is_met = self.can_show(measurements) and is_posture_met(self.movement.recognise, measurements, roles)
            found.looks.append(_SeenLook(measurements.time_s, for_s, is_met))

    def can_show(self, measurements: Measurements, *, most_yaw_deg: float = MOST_YAW_DEG) -> bool:
        """Return whether a posture can be recognised from this side.

        The angles of an oblique view are not those of the body.
        """
        return self.movement.view.camera != "side" or measurements.unchecked.get("yaw_deg", math.inf) <= most_yaw_deg

    def _shows(self, phase: PhaseState) -> bool:
        """Return whether the movement shows its own posture now."""
        return self.movement.drive.kind == "cycle" or phase.name == "hold"

    @property
    def _started(self) -> bool:
        return bool(self.tracker.reference.values) or self.movement.drive.kind in ("pose", "rhythm")

    @property
    def weight(self) -> float:
        if self.movement.drive.kind == "pose":
            return POSE_WEIGHT if self.movement.posture_tells else UNTOLD_WEIGHT
        return 1.0 if self._started else UNSTARTED_WEIGHT

    @property
    def trust(self) -> float:
        if self.movement.drive.kind != "pose":
            return WAY_TRUST
        return POSE_TRUST if self.movement.posture_tells else UNTOLD_TRUST

    def all_tries(self) -> list[_RepetitionTry]:
        return sorted((t for t in self.tries.values() if t.counts), key=lambda t: t.from_s)

    def good_tries(self) -> list[_RepetitionTry]:
        good = [t for t in self.tries.values() if t.counts and t.share >= OWN_SHARE]
        # coming onto hands and knees is one swing: the cycles begin when the conditions are met
        is_cycle = self.movement.drive.kind == "cycle"
        good = [t.trim() if is_cycle or t.ends_unlike_s else t for t in good]
        return sorted(good, key=lambda t: t.from_s)


class Recogniser:
    """Watches a recording for all movements at once.

    Parameters
    ----------
    movements : the candidates; a movement without `recognise` conditions is left out, unless it is a rhythm.
    still : the whole recording is one picture.
    pose_model : name of the model that sees the person, as for `FormChecker`.
    """

    def __init__(
        self, movements: Iterable[Movement], *, still: bool = False, pose_model: str = DEFAULT_NETWORK
    ) -> None:
        rests = {camera: Rest(camera) for camera in ("side", "front", "any")}
        self._watchers = [
            _Watcher(m, PhaseTracker(m, still=still, rest=rests[m.view.camera], tells=False))
            for m in movements
            if m.recognise or m.drive.kind == "rhythm"
        ]
        self._still = still
        self._person = PersonTracker(pose_model)
        self._due_s = self._last_s = -math.inf
        self._end_s = math.nan
        self._seen_s = 0.0
        self._still_found: list[tuple[str, Side | None]] = []

    def step(self, pose: PoseFrame) -> SeenPerson:
        """Add one pose; return the person in it. Time must rise."""
        self._end_s = pose.time_s
        person = self._person.step(pose)
        if pose.time_s >= self._due_s - 1e-9:
            self._look(person.pose, min(pose.time_s - self._last_s, MOST_LOOK_GAP_S))
            self._last_s = pose.time_s
            self._due_s = max(self._due_s, pose.time_s - LOOK_STEP_S) + LOOK_STEP_S
        return person

    def _look(self, pose: PoseFrame, for_s: float) -> None:
        """Show one smoothed pose, which stands for so many seconds, to every movement."""
        if pose.seen:
            self._seen_s += for_s
        measurements = self._person.measured(unsure=False)
        for watcher in self._watchers:
            if self._still:
                self._step_still(watcher, measurements, pose)
            else:
                watcher.step(measurements, self._person, for_s)

    def _step_still(self, watcher: _Watcher, measurements: Measurements, pose: PoseFrame) -> None:
        if not watcher.movement.posture_tells or pose.people > 1:
            return
        phase = watcher.tracker.step(measurements)
        shows = phase.name in ("hold", "low", "high")
        sees = watcher.can_show(measurements, most_yaw_deg=MAX_YAW_DEG)
        if shows and sees and is_posture_met(watcher.movement.recognise, measurements, Roles(phase.side, phase.near)):
            self._still_found.append((watcher.movement.id, phase.side))

    def spans(self) -> list[Span]:
        """Return the spans found, in the order of time.

        Spans of a session do not overlap.
        """
        if self._still:
            return self._still_spans()
        groups = [(w, g) for w in self._watchers for g in _group_tries(w.good_tries())]
        groups = [(w, g) for w, g in groups if _sum_explained_s(w, g) >= LEAST_SHOWN_S]
        groups.sort(key=lambda found: -_sum_explained_s(*found))
        taken: list[tuple[_Watcher, list[_RepetitionTry]]] = []
        for watcher, tries in groups:
            if taken and _sum_length_s(tries) < SHORTEST_S:
                continue
            shorter_s = [min(_sum_length_s(tries), _sum_length_s(other)) for _, other in taken]
            shared_s = [
                min(tries[-1].to_s, other[-1].to_s) - max(tries[0].from_s, other[0].from_s) for _, other in taken
            ]
            if all(max(0.0, shared) < 0.3 * shorter for shared, shorter in zip(shared_s, shorter_s, strict=True)):
                taken.append((watcher, tries))
        taken.sort(key=lambda found: found[1][0].from_s)
        return _separate_spans([self._span(w, tries, len(taken)) for w, tries in taken], [tries for _, tries in taken])

    def find_span(self, movement: str) -> Span | None:
        """Return the part of the recording that shows one movement.

        It goes from the first repetition to the last.

        None if no repetition shows it clearly. What lies before and after shows something else: a title, talking, the
        way down to the floor.
        """
        watcher = next((w for w in self._watchers if w.movement.id == movement), None)
        tries = watcher.all_tries() if watcher is not None else []
        good = [one for one in tries if one.share >= OWN_SHARE]
        if watcher is None or _sum_explained_s(watcher, good) < LEAST_SHOWN_S:
            return None
        shown = _add_neighbours(good, tries)
        span = self._span(watcher, shown, 1)
        between = [one for one in tries if one.looks and one not in shown and shown[0].to_s < one.to_s < shown[-1].to_s]
        others = sorted(
            [(one.from_s, one.to_s) for one in between] + [part for one in shown for part in one.ends_unlike_s]
        )
        before_s = max((one.to_s for one in tries if one.to_s <= shown[0].from_s), default=0.0)
        after_s = min((one.from_s for one in tries if one.from_s >= shown[-1].to_s), default=math.inf)
        span = replace(span, from_s=max(span.from_s, before_s), to_s=min(span.to_s, after_s))
        if before_s == 0.0 and span.from_s <= NEARLY_ALL_S:
            span = replace(span, from_s=0.0)
        if math.isinf(after_s) and self._end_s - span.to_s <= NEARLY_ALL_S:
            span = replace(span, to_s=self._end_s)
        if others and others[0][0] <= shown[0].from_s:
            span = replace(span, from_s=others.pop(0)[1])
        if others and shown[-1].met and others[-1][0] > shown[-1].met[-1].time_s:
            span = replace(span, to_s=others.pop()[0])
        return replace(span, leaves_out_s=tuple(others))

    def _still_spans(self) -> list[Span]:
        if len(self._still_found) != 1:
            return [Span(name, side, 0.0, 0.0, 0.5 / len(self._still_found)) for name, side in self._still_found]
        name, side = self._still_found[0]
        return [Span(name, side, 0.0, 0.0, STILL_CERTAINTY)]

    def _span(self, watcher: _Watcher, tries: list[_RepetitionTry], others: int) -> Span:
        best = _sum_explained_s(watcher, tries)
        rivals = [_sum_shared_s(w, tries) for w in self._watchers if w is not watcher]
        # what explained three times as much as its rival was right at least nine times in ten
        margin = best**2 / (best**2 + max(rivals, default=0.0) ** 2)
        available_s = self._seen_s if others == 1 else _sum_length_s(tries) + LEAD_S
        enough = min(1.0, best / (ENOUGH_SHARE * watcher.weight * max(available_s, 1e-6)))
        sides = {t.side for t in tries}
        side = None if watcher.movement.dose.alternating or len(sides) > 1 else sides.pop()
        from_s, to_s = max(0.0, tries[0].from_s - LEAD_S), min(self._end_s, tries[-1].to_s + TAIL_S)
        certainty = watcher.trust * margin * enough
        return Span(watcher.movement.id, side, round(from_s, 3), round(to_s, 3), round(certainty, 3))


def _group_tries(tries: Sequence[_RepetitionTry]) -> list[list[_RepetitionTry]]:
    """Return groups of repetitions that follow each other closely."""
    groups: list[list[_RepetitionTry]] = []
    for one in tries:
        if groups and one.from_s - groups[-1][-1].to_s <= TOGETHER_S:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _add_neighbours(good: Sequence[_RepetitionTry], tries: Sequence[_RepetitionTry]) -> list[_RepetitionTry]:
    """Return the repetitions that show a movement, and less clear ones near them.

    A repetition with a fault, or a very short hold, may miss a condition by which the movement is recognised.
    """
    return [
        one
        for one in tries
        if one in good
        or (
            (one.is_whole if not one.looks else one.share >= SOME_SHARE)
            and any(max(one.from_s - other.to_s, other.from_s - one.to_s) <= NEXT_TO_S for other in good)
        )
    ]


def _separate_spans(spans: Sequence[Span], tries: Sequence[Sequence[_RepetitionTry]]) -> list[Span]:
    """Return spans in the order of time, cut so that they do not overlap."""
    out = list(spans)
    for k, (before, after) in enumerate(pairwise(tries)):
        if out[k].to_s > out[k + 1].from_s:
            end_s, begin_s = before[-1].to_s, after[0].from_s
            border_s = round(end_s + (begin_s - end_s) * TAIL_S / (LEAD_S + TAIL_S), 3)
            out[k], out[k + 1] = replace(out[k], to_s=border_s), replace(out[k + 1], from_s=border_s)
    return out


def _sum_explained_s(watcher: _Watcher, tries: Sequence[_RepetitionTry]) -> float:
    """Return how many seconds show a movement."""
    return watcher.weight * sum(t.met_s for t in tries)


def _sum_shared_s(watcher: _Watcher, tries: Sequence[_RepetitionTry]) -> float:
    """Return how many seconds of these repetitions also show another movement."""
    met = [each for one in watcher.good_tries() for each in one.met]
    shared = [each for each in met if any(t.from_s <= each.time_s <= t.to_s for t in tries)]
    return watcher.weight * sum(each.for_s for each in shared)


def _sum_length_s(tries: Sequence[_RepetitionTry]) -> float:
    return tries[-1].to_s - tries[0].from_s

"""What the screening and the live page need to know of a movement, read from its file."""

from __future__ import annotations

from functools import cache

from formcheck.core.movement import Movement, catalogue, limits, load_movement
from formcheck.program.screening import MovementFacts

_LEVEL_DEG = 90.0
"""A trunk that leans this far lies level: the head is as low as the hips."""


@cache
def catalogue_facts() -> tuple[MovementFacts, ...]:
    """Return the facts of all movements that come with formcheck."""
    return tuple(facts_of(load_movement(movement_id)) for movement_id in catalogue())


def facts_of(movement: Movement) -> MovementFacts:
    """Return what the screening needs to know of a movement."""
    return MovementFacts(
        id=movement.id,
        spine_rule=movement.spine_rule,
        place=movement.place,
        advanced=movement.advanced,
        head_down=_head_down(movement),
    )


def _head_down(movement: Movement) -> bool:
    """Whether the head comes down to the hips: hips rolled up above it, a bow until level, a rounded back on knees."""
    targets = [(measure.signal, *limits(measure.target)) for measure in movement.measures.values() if measure.target]
    if any(signal == "hip_above_shoulder_tl" and low > 0 for signal, low, _ in targets):
        return True
    bows = any(signal == "trunk_inclination_deg" and high >= _LEVEL_DEG for signal, _, high in targets)
    rounds = movement.spine_rule == "flexion_intended"
    return (bows or rounds) and movement.posture in {"standing", "all_fours", "kneeling"}

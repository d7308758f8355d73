"""Angles, tilts and distances of points in the picture plane.

The functions know nothing about bodies: each takes points as (x, y) in pixels, x to the right, y down. They use plain
numbers instead of small arrays: twenty times faster, and rounded alike on every machine, so that a saved track gives
the same verdict everywhere. NaN in gives NaN out.
"""

from __future__ import annotations

import math

Point = tuple[float, float]


def minus(a: Point, b: Point) -> Point:
    """Return the vector from `b` to `a`."""
    return a[0] - b[0], a[1] - b[1]


def dot(v: Point, w: Point) -> float:
    """Return the dot product of two vectors."""
    return v[0] * w[0] + v[1] * w[1]


def mid(a: Point, b: Point) -> Point:
    """Return the point half-way between two points."""
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def length(v: Point) -> float:
    """Return the length of a vector.

    Examples
    --------
    >>> length((3.0, 4.0))
    5.0
    """
    return math.hypot(v[0], v[1])


def direction_deg(v: Point) -> float:
    """Return the direction of a vector in the picture, -180..180.

    0 = to the right, 90 = downwards.

    Examples
    --------
    >>> direction_deg((0.0, 2.0))
    90.0
    """
    x, y = v
    if not math.isfinite(x + y) or (x == 0 and y == 0):
        return math.nan
    return math.degrees(math.atan2(y, x))


def wrap_deg(angle_deg: float) -> float:
    """Return an angle brought into -180..180.

    Examples
    --------
    >>> wrap_deg(270.0)
    -90.0
    """
    return math.nan if not math.isfinite(angle_deg) else (angle_deg + 180.0) % 360.0 - 180.0


def interior_angle_deg(a: Point, b: Point, c: Point) -> float:
    """Return the angle at `b` between `a` and `c`, 0..180; 180 = straight.

    Examples
    --------
    >>> interior_angle_deg((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    90.0
    """
    return abs(wrap_deg(direction_deg(minus(a, b)) - direction_deg(minus(c, b))))


def turn_deg(a: Point, b: Point, c: Point, *, front: int) -> float:
    """Return the angle at `b` measured over the front of the body, 0..360.

    Below 180 the chain a-b-c is folded towards the front, above 180 towards the back.

    Parameters
    ----------
    front : +1 if the front of the body lies to the right of the way from c to a, as seen in the
        picture, -1 if to the left (see `contour.dorsal_votes`).

    Examples
    --------
    >>> shoulder, hip, knee = (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)
    >>> turn_deg(shoulder, hip, knee, front=1), turn_deg(shoulder, hip, knee, front=-1)
    (90.0, 270.0)
    """
    angle = (direction_deg(minus(c, b)) - direction_deg(minus(a, b))) * front
    return angle % 360.0 if math.isfinite(angle) else math.nan


def inclination_deg(low: Point, high: Point, *, front: float) -> float:
    """Return how far the line low→high leans from the vertical, -180..180.

    Positive = towards the front.

    0 = upright, 90 = level and face down, -90 = level and on the back, above 90 = the high end
    hangs below the low end.

    Parameters
    ----------
    front : +1 if the front of the body lies right of the way low → high in the picture, else -1.

    Examples
    --------
    >>> inclination_deg((0.0, 1.0), (1.0, 0.0), front=1)
    45.0
    """
    return wrap_deg((direction_deg(minus(high, low)) + 90.0) * front)


def elevation_deg(start: Point, end: Point) -> float:
    """Return how far the line start→end rises above the horizontal, -90..90, up positive.

    Examples
    --------
    >>> elevation_deg((0.0, 1.0), (1.0, 0.0))
    45.0
    """
    x, y = minus(end, start)
    return direction_deg((abs(x), -y))

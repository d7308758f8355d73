"""Pose builders: a few readable controls in, a whole pose with its contacts to floor and furniture out.

A builder is called as `build(body, c, side)`. `c` holds the controls (degrees, metres, fractions 0..1), `side` is the
working side, "L" or "R". It returns the pose and its anchor: a joint and the world x at which that joint is held.
Every builder takes lumbar, thoracic, neck, head (+ = bend forward, against relaxed standing), side_bend and shrug.
"""

"""Count the steps of this process's work, so that others see it getting on.

A decoder or a pose model that hangs makes no more steps. A long recording makes many: time alone does not tell them
apart.
"""

from __future__ import annotations

from itertools import count

_steps = count(1)
_made = 0


def report_step() -> None:
    """Count a piece of the work.

    That is a packet, a look, a judged pose, or a megabyte that was read.
    """
    global _made  # noqa: PLW0603 - of the whole process, as its name says
    _made = next(_steps)


def count_steps() -> int:
    """Return how many steps this process has made."""
    return _made

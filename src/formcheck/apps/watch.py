"""What may be told where the time goes; `apps.batch.profile` is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Wraps what yields and what is called."""

    def each(self, stage: str, items: Iterator[T]) -> Iterator[T]:
        """Yield the items, timing what each takes to come."""
        ...

    def calls(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return the function, timed."""
        ...

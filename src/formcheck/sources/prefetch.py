"""Decode ahead in a thread: reading the next frames overlaps the current work."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")

_JOIN_S = 10.0
"""How long to wait for the current item when the consumer stops.

Only a hung network drive takes longer.
"""


class _EndOfItems:
    """The last item in the queue: the source has ended or failed."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetch(iterable: Iterable[T], size: int = 4) -> Iterator[T]:
    """Yield the items of an iterable, made ahead of time by one thread.

    Parameters
    ----------
    iterable : the source of the items; only the thread uses it.
    size : how many items may exist that the consumer has not asked for yet. It bounds the memory.

    Notes
    -----
    An exception of the source reaches the consumer in its place in the order. The thread starts with the first request
    for an item, and has ended when the generator is exhausted, closed or collected, also if the consumer stops early or
    Ctrl-C interrupts.
    """
    if size < 1:
        raise ValueError(f"size: expected at least 1, got {size}")
    return _consume(iterable, size)


def _consume(iterable: Iterable[T], size: int) -> Iterator[T]:
    queue: SimpleQueue[T | _EndOfItems] = SimpleQueue()
    room = threading.Semaphore(size)
    stop = threading.Event()
    thread = threading.Thread(
        target=_produce, args=(iterable, queue, room, stop), name="formcheck-prefetch", daemon=True
    )
    thread.start()
    try:
        while True:
            item = queue.get()
            if isinstance(item, _EndOfItems):
                if item.error is not None:
                    raise item.error
                return
            room.release()
            yield item
    finally:
        stop.set()
        room.release()
        thread.join(_JOIN_S)


def _produce(
    iterable: Iterable[T], queue: SimpleQueue[T | _EndOfItems], room: threading.Semaphore, stop: threading.Event
) -> None:
    error: BaseException | None = None
    items = None
    try:
        items = iter(iterable)
        while True:
            room.acquire()
            if stop.is_set():
                break
            queue.put(next(items))
    except StopIteration:
        pass
    except BaseException as e:  # noqa: BLE001 - it is raised again in the consumer
        error = e
    finally:
        # Only the thread that ran a generator can close it while it is suspended here.
        close = getattr(items, "close", None)
        if close is not None:
            close()
        queue.put(_EndOfItems(error))

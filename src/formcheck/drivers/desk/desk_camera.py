"""Look at a person at the desk once a second, at little cost.

An unchanged picture is not analysed again.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.person import PersonTracker
from formcheck.core.records import Frame, PoseFrame
from formcheck.drivers.live.pose_source import Sight
from formcheck.drivers.live.words import DESK_REMINDERS, DESK_STATES
from formcheck.program.person.desk import DeskLook, DeskWatch

_THUMB_PX = (48, 36)
MOVED_GREY, MOST_MOVED = 5.0, 4
"""[E] A picture is unchanged if few points of a small copy differ: at most this many, by more grey levels of 255.

The noise of a camera is well below: each point is the mean of some hundred pixels.
"""
LOOK_AGAIN_S = 20.0
"""[E] A still picture is analysed this often all the same."""
_NEVER_S, _NEVER_AGAIN = 1e9, 1 << 30


class DeskCamera:
    """Turns pictures into looks. It remembers the last picture that was analysed.

    Parameters
    ----------
    sight : the pose model, for this page alone; freed by `close`.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight, self._people = sight, PersonTracker(sight.name)
        sight.scan_every_s, sight.mirror_every = _NEVER_S, _NEVER_AGAIN
        self._thumb: NDArray[np.float32] | None = None
        self._look: DeskLook | None = None
        self._looked_s, self._index = -math.inf, 0
        self.analysed = 0

    def look(self, image: NDArray[np.uint8], time_s: float) -> DeskLook:
        """Return what a picture shows. Times must rise."""
        thumb = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), _THUMB_PX, interpolation=cv2.INTER_AREA)
        small = thumb.astype(np.float32)
        is_still = self._thumb is not None and np.count_nonzero(np.abs(small - self._thumb) > MOVED_GREY) <= MOST_MOVED
        if is_still and self._look is not None and time_s - self._looked_s < LOOK_AGAIN_S:
            self._look = DeskLook(
                time_s, self._look.head_forward_tl, self._look.bend_deg, self._look.thigh_deg, self._look.is_there
            )
            return self._look
        self._thumb, self._looked_s = small, time_s
        self.analysed += 1
        self._index += 1
        self._look = self._measure(self._sight.estimate(Frame(self._index, time_s, image)))
        return self._look

    def _measure(self, pose: PoseFrame) -> DeskLook:
        seen = self._people.step(pose)
        if not seen.pose.seen:
            return DeskLook(pose.time_s, is_there=False)
        values = self._people.measured().unchecked
        thighs = [values.get(f"thigh_elevation_{side}_deg", math.nan) for side in ("left", "right")]
        known = [one for one in thighs if math.isfinite(one)]
        return DeskLook(
            pose.time_s,
            head_forward_tl=_read_finite(values.get("head_forward_tl")),
            bend_deg=_read_finite(values.get("back_bend_no_neutral_deg")),
            thigh_deg=max(known) if known else None,
        )

    def close(self) -> None:
        """Free the pose model."""
        self._sight.close()


def _read_finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


class DeskSession:
    """One sitting at the desk: pictures in, what the page shows out.

    Parameters
    ----------
    sight : the pose model, for this page alone.
    """

    def __init__(self, sight: Sight) -> None:
        self._camera, self._watch = DeskCamera(sight), DeskWatch()
        self._last_s = -math.inf

    @property
    def analysed(self) -> int:
        """Return how many pictures were analysed; the others were as the one before."""
        return self._camera.analysed

    def look(self, image: NDArray[np.uint8], time_s: float) -> dict[str, Any] | None:
        """Return the state for the page; None for a picture that is not newer."""
        if not time_s > self._last_s:
            return None
        self._last_s = time_s
        state = self._watch.step(self._camera.look(image, time_s))
        reminder = state.reminder
        return {
            "state": state.sitting,
            "state_text": DESK_STATES[state.sitting],
            "reminder": None if reminder is None else {"code": reminder, "text": DESK_REMINDERS[reminder]},
            "away": state.is_away,
            "sat_s": round(state.sat_s),
            "tall_s": round(state.tall_s),
            "forward_s": round(state.forward_s),
        }

    def close(self) -> None:
        """Free the pose model."""
        self._camera.close()

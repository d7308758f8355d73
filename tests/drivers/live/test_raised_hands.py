"""What the true pose model sees of raised hands, in postures that a routine has; films and truth as in `hands`."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest

from formcheck.core.movement.load import load_movement
from formcheck.core.records import Frame
from formcheck.drivers.live.pose_source import open_sight
from formcheck.drivers.live.watch.gestures import RAISED_S, GestureWatcher

pytestmark = pytest.mark.slow

FILMS = Path(__file__).parent.parent.parent / "data" / "hands"
EVERY = 2
"""Seven and a half looks a second, as of a slow computer."""
MEANT = {"near": "one_hand", "far": "one_hand", "both": "both_hands"}
LATE_S = 1.0
"""A hand counts on its last way up, and may be seen a little late."""


@pytest.mark.parametrize("film", sorted(one.stem for one in FILMS.glob("*.mp4")))
def test_a_raised_hand_is_seen_once_and_means_what_it_is(film):
    truth = json.loads((FILMS / f"{film}.json").read_text("utf-8"))
    (raised,) = truth["raised_hands"]
    watcher, done = GestureWatcher(), []
    sight = open_sight(load_movement(truth["movement"]))
    with av.open(str(FILMS / f"{film}.mp4")) as container:
        for number, image in enumerate(container.decode(video=0)):
            if number % EVERY:
                continue
            pose = sight.estimate(Frame(number, number / truth["fps"], image.to_ndarray(format="bgr24")))
            if gesture := watcher.step(pose).done:
                done.append((gesture, pose.time_s))
    sight.close()
    ((gesture, at_s),) = done
    assert gesture == MEANT[raised["hand"]]
    assert raised["from_s"] <= at_s <= raised["from_s"] + RAISED_S + LATE_S

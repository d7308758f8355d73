"""Recordings that misbehave as their names say, in every Python that loads this as its `sitecustomize`."""

import importlib.util
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

MARKS = Path(os.environ["MARKS"])
FOREVER_S = 600
SLOW_STEP_S = 0.8

if "BLIND" in os.environ:  # a machine that does not have every disk
    there = Path.exists
    Path.exists = lambda path: not path.name.startswith("unseen") and there(path)


class Wrapping:
    """Wraps `open_recording` once its module is loaded."""

    def find_spec(self, name, path=None, target=None):
        if name != "formcheck.drivers.recording.open_recording":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def loaded(module):
            load(module)
            module.open_recording = mischievous(module.open_recording)

        spec.loader.exec_module = loaded
        return spec


def mischievous(honest):
    @contextmanager
    def open_recording(place, **options):
        name = Path(str(place)).name
        with (MARKS / "opened").open("a") as marks:
            marks.write(f"{name} {os.getpid()}\n")
        if name.startswith("kills_early"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("sticks"):  # as a decoder that does not come back
            time.sleep(FOREVER_S)
        if name.startswith("fails"):
            raise RuntimeError(f"a fault at {place}")
        with honest(place, **options) as opened:
            if opened.track is not None:
                opened.track = Track(opened.track, name)
            yield opened

    return open_recording


class Track:
    def __init__(self, track, name):
        self.header, self.frames, self._track, self._name = track.header, track.frames, track, name

    def __iter__(self):
        for k, pose in enumerate(self._track):
            if self._name.startswith("slow"):
                time.sleep(SLOW_STEP_S)
            if k == 5:
                self.midway()
            yield pose

    def midway(self):
        if self._name.startswith("kills"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._name.startswith("hangs"):
            time.sleep(FOREVER_S)
        if self._name.startswith("hungry"):
            raise MemoryError
        if self._name.startswith("stalls"):
            try:
                (MARKS / self._name).open("x").write(str(os.getpid()))
            except FileExistsError:  # it did so before
                return
            time.sleep(FOREVER_S)


sys.meta_path.insert(0, Wrapping())

"""The two pose networks, compiled once per process by LiteRT or OpenVINO.

Native libraries are kept quiet, and give their memory back.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError
from formcheck.sources.owned_files import name_temp_folder

from .landmarks import NetworkOutput
from .models import PoseModel


@contextmanager
def suppress_native_stderr() -> Iterator[None]:
    """Keep a native library's start-up notes from standard error.

    They mean nothing to a user.
    """
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError, AttributeError):  # no standard error at all, as under pythonw
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def give_back_memory() -> None:
    """Return freed memory to the system.

    glibc would keep up to 150 MB of every model that was closed.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries do not have it
        if trim is not None:
            trim(0)


Tensor = NDArray[np.float32]
_MASK = 2
"""Index of the mask among the outputs of the landmark network."""
_MOST_THREADS = 4
"""More threads make a look no faster: the layers are small."""
_CONVERSION_TOOLS = "openvino.tools.ovc"


class Network(Protocol):
    """One compiled network."""

    def run(self, picture: Tensor) -> list[Tensor]:
        """Return the outputs for one input, as copies.

        They are in the order of the network's file.
        """
        ...


class Runtime(Protocol):
    """A library that compiles networks."""

    name: str
    package: str

    def compile(self, content: bytes, threads: int) -> Network:
        """Return a network, ready to run."""
        ...


class PoseNetworks:
    """Detector and landmark network of one process.

    All recordings and threads share them, one look at a time.

    Parameters
    ----------
    model : the networks' files.
    runtime : compiles them.
    threads : how many threads one look uses; None = the cores of this process, at most four.

    Notes
    -----
    They remember nothing between two looks. Without its mask the landmark network takes a quarter less time, because
    unused layers are left out. It is compiled when it is first needed.
    """

    def __init__(self, model: PoseModel, runtime: Runtime, *, threads: int | None = None) -> None:
        self.model, self.runtime = model, runtime
        self._threads = threads or min(_MOST_THREADS, count_cores())
        self._turn = threading.Lock()
        self._detector = self._compile(model.detector)
        self._landmarks = self._compile(model.landmarks)
        self._without_mask: Network | None = None

    def detect(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Return boxes (1, 2254, 12) and scores (1, 2254, 1) of a whole picture.

        The picture is (1, 224, 224, 3).
        """
        with self._turn:
            boxes, scores = self._detector.run(picture)
        return boxes, scores

    def find_landmarks(self, crop: Tensor, *, mask: bool) -> NetworkOutput:
        """Return the landmark network's output for a crop (1, 256, 256, 3)."""
        with self._turn:
            if mask:
                points, presence, silhouette, heat, world = self._landmarks.run(crop)
                return NetworkOutput(points, presence, heat, world, silhouette)
            if self._without_mask is None:
                self._without_mask = self._compile(leave_out_output(self.model.landmarks, _MASK))
            points, presence, heat, world = self._without_mask.run(crop)
            return NetworkOutput(points, presence, heat, world, None)

    def _compile(self, content: bytes) -> Network:
        try:
            with suppress_native_stderr():
                return self.runtime.compile(content, self._threads)
        except (RuntimeError, ValueError) as error:
            said = [line for line in str(error).splitlines() if line]
            what = said[-1] if said else type(error).__name__  # the lines before it only give the place in the runtime
            raise BackendError(
                f"pose model {self.model.name}: expected networks that {self.runtime.name} can run, got: {what}; "
                "name another one with --pose-model"
            ) from None


class LiteRtRuntime:
    """Compiles networks with LiteRT (formerly TensorFlow Lite).

    MediaPipe itself is built on this runtime.
    """

    name, package = "LiteRT", "ai-edge-litert"

    def __init__(self) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except (ImportError, OSError) as error:
            raise BackendError(_explain_not_installed(self, error)) from None
        self._interpreter = Interpreter

    def compile(self, content: bytes, threads: int) -> Network:
        """Return a network, ready to run."""
        return _LiteRtNetwork(self._interpreter(model_content=content, num_threads=threads))


class _LiteRtNetwork:
    def __init__(self, interpreter: Any) -> None:
        interpreter.allocate_tensors()
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in interpreter.get_output_details()]

    def run(self, picture: Tensor) -> list[Tensor]:
        self._interpreter.set_tensor(self._input, picture)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


class OpenVinoRuntime:
    """Compiles networks with OpenVINO.

    It is a fifth faster than LiteRT, but starts two seconds later.

    Parameters
    ----------
    cache : folder for compiled networks; later starts read them from there.
    """

    name, package = "OpenVINO", "openvino"

    def __init__(self, cache: Path | None = None) -> None:
        try:
            openvino = import_openvino()
        except (ImportError, OSError) as error:
            raise BackendError(_explain_not_installed(self, error)) from None
        self._openvino, self._cache = openvino, cache
        self._core = openvino.Core()

    def compile(self, content: bytes, threads: int) -> Network:
        """Return a network, ready to run."""
        with tempfile.TemporaryDirectory(prefix=name_temp_folder(), ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "network.tflite"  # it reads this format from files only
            path.write_bytes(content)
            network = self._core.read_model(path)
        settings: dict[str, Any] = {
            # On processors that have them, half precisions would be chosen, and landmarks would move.
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
        }
        if self._cache is not None:
            settings["CACHE_DIR"] = str(self._cache)
        return _OpenVinoNetwork(self._core.compile_model(network, "CPU", settings), self._openvino)


class _OpenVinoNetwork:
    def __init__(self, compiled: Any, openvino: Any) -> None:
        self._request, self._openvino = compiled.create_infer_request(), openvino

    def run(self, picture: Tensor) -> list[Tensor]:
        self._request.set_input_tensor(self._openvino.Tensor(picture, shared_memory=True))
        self._request.infer()
        outputs = self._request.model_outputs
        return [np.array(self._request.get_tensor(output).data) for output in outputs]


def import_openvino() -> Any:
    """Return OpenVINO, loaded without its conversion tools.

    These tools report to their vendor when they are loaded, without asking. formcheck converts nothing, and without
    them OpenVINO loads three times as fast. A program that converts can import `openvino.tools.ovc` before or after
    this.
    """
    present = sys.modules.get(_CONVERSION_TOOLS)
    sys.modules[_CONVERSION_TOOLS] = present  # type: ignore[assignment] # None makes their import fail
    try:
        import openvino
    finally:
        if present is None:
            sys.modules.pop(_CONVERSION_TOOLS, None)
    return openvino


def count_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def leave_out_output(network: bytes, which: int) -> bytes:
    """Return a TFLite network without one of its outputs.

    Layers that are used only by this output are then not run.

    Parameters
    ----------
    network : a .tflite file, a flat buffer: tables that say where their fields lie.
    which : index of the output.

    Raises
    ------
    BackendError
        The file is not such a network.

    Notes
    -----
    Only the list of outputs is shortened in place, so the rest needs no parsing or rewriting.
    """
    content = bytearray(network)
    try:
        model = _read_offset(content, 0)
        graphs = _find_vector(content, model, field=2)
        graph = _read_offset(content, graphs)
        outputs = _find_vector(content, graph, field=2)
        (count,) = struct.unpack_from("<I", content, outputs - 4)
        kept = list(struct.unpack_from(f"<{count}i", content, outputs))
        del kept[which]
        struct.pack_into(f"<I{count - 1}i", content, outputs - 4, count - 1, *kept)
    except (struct.error, IndexError) as error:
        raise BackendError(
            f"pose model: expected a TFLite network with outputs, got something else ({error})"
        ) from None
    return bytes(content)


def _read_offset(content: bytearray, place: int) -> int:
    (offset,) = struct.unpack_from("<I", content, place)
    return place + int(offset)


def _find_vector(content: bytearray, table: int, field: int) -> int:
    """Return the place of the first item of a table's vector field."""
    (back,) = struct.unpack_from("<i", content, table)
    (place,) = struct.unpack_from("<H", content, table - back + 4 + 2 * field)
    return _read_offset(content, table + place) + 4


def _explain_not_installed(runtime: Runtime, error: Exception) -> str:
    return (
        f"{runtime.name}: expected it to load, got: {error}; install it with `{sys.executable} -m pip install "
        f"{runtime.package}`, or choose another engine with --engine"
    )

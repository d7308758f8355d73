"""The networks as a runtime compiles them: one look at a time, without a mask on request, errors in one line."""

from __future__ import annotations

import struct
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import BackendError
from formcheck.sources.pose import networks as networks_module
from formcheck.sources.pose.landmarks import make_landmark_input
from formcheck.sources.pose.models import PoseModel, find_pose_model
from formcheck.sources.pose.networks import LiteRtRuntime, OpenVinoRuntime, PoseNetworks, count_cores, leave_out_output
from formcheck.sources.pose.tracker import Tracker

# A network without one of its outputs ---------------------------------------------------------------------------------


def tiny_network(outputs):
    """Return a flat buffer with what is read of a TFLite network: a model, one graph, and the list of its outputs.

    Offsets count from where they stand; a table begins with the way back to the list of its fields.
    """
    fields = struct.pack("<HHHHH", 10, 12, 0, 0, 4)  # of both tables: the third field lies 4 bytes behind the start
    content = bytearray(struct.pack("<I4s", 20, b"TFL3") + fields + b"\0\0")
    assert len(content) == 20
    content += struct.pack("<iI", 12, 4 + 4)  # the model; its graphs come after four bytes
    content += b"\0\0\0\0"
    content += struct.pack("<II", 1, 4)  # one graph, right behind
    content += struct.pack("<iI", len(content) - 8, 4)  # the graph; its outputs come right behind
    content += struct.pack(f"<I{len(outputs)}i", len(outputs), *outputs)
    return bytes(content)


def outputs_of(network):
    (count,) = struct.unpack_from("<I", network, len(tiny_network([])) - 4)
    return list(struct.unpack_from(f"<{count}i", network, len(tiny_network([]))))


@pytest.mark.parametrize(("which", "left"), [(0, [8, 9, 10, 11]), (2, [7, 8, 10, 11]), (4, [7, 8, 9, 10])])
def test_one_output_is_left_out_and_nothing_moves(which, left):
    whole = tiny_network([7, 8, 9, 10, 11])
    pruned = leave_out_output(whole, which)
    assert outputs_of(whole) == [7, 8, 9, 10, 11]
    assert outputs_of(pruned) == left
    assert len(pruned) == len(whole)
    assert pruned[: len(tiny_network([])) - 4] == whole[: len(tiny_network([])) - 4]


@pytest.mark.parametrize("count", [0, 2])
def test_output_that_is_not_there_cannot_be_left_out(count):
    with pytest.raises(BackendError, match=r"^pose model: expected a TFLite network with outputs, got something else"):
        leave_out_output(tiny_network([7, 8][:count]), 2)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_refused_as_no_network(content):
    with pytest.raises(BackendError, match=r"^pose model: expected a TFLite network with outputs, got something else"):
        leave_out_output(content, 2)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_spoilt_network_gives_bytes_or_our_error(data):
    content = bytearray(tiny_network([7, 8, 9, 10, 11]))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BackendError):
        assert len(leave_out_output(bytes(content), 2)) == len(content)


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_network_that_ends_too_early_is_refused(length):
    with pytest.raises(BackendError, match="expected a TFLite network"):
        leave_out_output(tiny_network([7, 8, 9, 10, 11])[:length], 2)


# Compiled once, run one at a time -------------------------------------------------------------------------------------


class Runtime:
    """Compiles networks that note how they are run."""

    name, package = "Runtime", "runtime"

    def __init__(self, complaint=None):
        self.complaint, self.compiled, self.at_once, self.most_at_once = complaint, [], 0, 0

    def compile(self, content, threads):
        if self.complaint is not None:
            raise self.complaint
        self.compiled.append((content, threads))
        return Compiled(self, content)


class Compiled:
    def __init__(self, runtime, content):
        self.runtime, self.content = runtime, content

    def run(self, picture):
        self.runtime.at_once += 1
        self.runtime.most_at_once = max(self.runtime.most_at_once, self.runtime.at_once)
        time.sleep(0.002)
        self.runtime.at_once -= 1
        if self.content == b"detector":
            return [np.zeros((1, 2254, 12)), np.zeros((1, 2254, 1))]
        return [np.full(1, number, np.float32) for number in outputs_of(self.content)]


MODEL = PoseModel("tiny", "0" * 64, b"detector", tiny_network([7, 8, 9, 10, 11]))
CROP = np.zeros((1, 256, 256, 3), np.float32)


def test_outputs_have_their_names():
    networks = PoseNetworks(MODEL, Runtime())
    whole, without = networks.find_landmarks(CROP, mask=True), networks.find_landmarks(CROP, mask=False)
    names = ("points", "presence", "mask", "heat", "world")
    assert [getattr(whole, name) for name in names] == [7, 8, 9, 10, 11]
    assert [getattr(without, name) for name in names] == [7, 8, None, 10, 11]


def test_network_without_mask_is_compiled_when_first_needed():
    runtime = Runtime()
    networks = PoseNetworks(MODEL, runtime, threads=3)
    networks.find_landmarks(CROP, mask=True)
    assert runtime.compiled == [(b"detector", 3), (MODEL.landmarks, 3)]
    for _ in range(3):
        networks.find_landmarks(CROP, mask=False)
    assert runtime.compiled[2:] == [(leave_out_output(MODEL.landmarks, 2), 3)]


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (3, 3), (4, 4), (64, 4)])
def test_threads_are_the_cores_at_most_four(monkeypatch, cores, threads):
    monkeypatch.setattr(networks_module, "count_cores", lambda: cores)
    runtime = Runtime()
    PoseNetworks(MODEL, runtime)
    assert {one for _, one in runtime.compiled} == {threads}


def test_cores_are_those_this_process_may_use(monkeypatch):
    assert count_cores() >= 1
    monkeypatch.setattr(networks_module.os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert count_cores() == 1
    monkeypatch.delattr(networks_module.os, "sched_getaffinity")
    monkeypatch.setattr(networks_module.os, "cpu_count", lambda: None)
    assert count_cores() == 1


def test_threads_take_turns():
    runtime = Runtime()
    networks = PoseNetworks(MODEL, runtime)

    def work():
        for _ in range(5):
            networks.detect(CROP)
            networks.find_landmarks(CROP, mask=False)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runtime.most_at_once == 1
    assert len(runtime.compiled) == 3


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("at core.cpp:84\nbad file\n\n"), "bad file"),
        (RuntimeError(), "RuntimeError"),
        (ValueError("x"), "x"),
    ],
)
def test_networks_that_do_not_compile_are_reported_in_one_line(error, told):
    message = rf"^pose model tiny: expected networks that Runtime can run, got: {told}; name another one with --pose-"
    with pytest.raises(BackendError, match=message):
        PoseNetworks(MODEL, Runtime(complaint=error))


@pytest.mark.parametrize(
    ("runtime", "module", "package"),
    [(LiteRtRuntime, "ai_edge_litert.interpreter", "ai-edge-litert"), (OpenVinoRuntime, "openvino", "openvino")],
)
def test_runtime_that_is_missing_says_what_installs_it(monkeypatch, runtime, module, package):
    monkeypatch.setitem(networks_module.sys.modules, module, None)
    message = (
        rf"^{runtime.name}: expected it to load, got: .+; install it with `.* -m pip install {package}`, or choose"
    )
    with pytest.raises(BackendError, match=message):
        runtime()


# The true networks ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[LiteRtRuntime, OpenVinoRuntime])
def runtime(request):
    """Return a true runtime."""
    try:
        return request.param()
    except BackendError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def true_networks(runtime):
    return PoseNetworks(find_pose_model(), runtime, threads=1)


@pytest.mark.slow
def test_landmarks_without_mask_are_the_same_to_the_bit(true_networks, standing):
    crop = make_landmark_input(standing, Tracker(true_networks).detect(standing)[0].region)
    whole, without = true_networks.find_landmarks(crop, mask=True), true_networks.find_landmarks(crop, mask=False)
    assert whole.presence > 0.9
    for name in ("points", "presence", "heat", "world"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(without, name), err_msg=name)
    assert (whole.mask.shape, without.mask) == ((1, 256, 256, 1), None)


@pytest.mark.slow
def test_outputs_outlive_the_next_run(true_networks, standing):
    rng = np.random.default_rng(0)
    first = true_networks.find_landmarks(CROP, mask=True)
    before = [np.array(one) for one in (first.points, first.heat, first.mask, first.world)]
    true_networks.find_landmarks(rng.random(CROP.shape, np.float32), mask=True)
    for one, kept in zip((first.points, first.heat, first.mask, first.world), before, strict=True):
        np.testing.assert_array_equal(one, kept)


@pytest.mark.slow
@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\x1c\0\0\0TFL3" + bytes(40)], ids=["empty", "text", "zeros"]
)
@pytest.mark.parametrize("network", ["detector", "landmarks"])
def test_file_that_is_no_network_is_reported_in_one_line(runtime, capfd, network, content):
    model = find_pose_model()
    parts = {"detector": model.detector, "landmarks": model.landmarks, network: content}
    message = rf"^pose model mine\.task: expected networks that {runtime.name} can run, got: .+; name another one with "
    with pytest.raises(BackendError, match=message):
        PoseNetworks(PoseModel("mine.task", "", **parts), runtime)
    assert capfd.readouterr().err == ""

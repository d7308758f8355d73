"""The bundle that loads faster: its weights are the same numbers, its outputs the same bits."""

from __future__ import annotations

import hashlib
import io
import logging
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mediapipe.tasks.metadata import schema_py_generated as schema

from formcheck.core.errors import BackendError
from formcheck.sources import landmarkers, pose_bundle
from formcheck.sources.dense_networks import densified
from formcheck.sources.pose_bundle import PoseBundle, find_pose_bundle, read_manifest
from formcheck.sources.video import open_video

FLOAT16, FLOAT32 = schema.TensorType.FLOAT16, schema.TensorType.FLOAT32
DENSIFY, DEQUANTIZE, ADD = (getattr(schema.BuiltinOperator, name) for name in ("DENSIFY", "DEQUANTIZE", "ADD"))

# A small network: weights 0 -> DENSIFY -> 1 -> DEQUANTIZE -> 2, and 2 + 3 -> 4 ---------------------------------------


def _tensor(name: str, kind: int, buffer: int, shape: tuple[int, ...]) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.type, tensor.buffer = name, kind, buffer
    tensor.shape = np.array(shape, np.int32)
    return tensor


def _rows(weights: np.ndarray) -> schema.SparsityParametersT:
    """Say where the weights that are not zero stand, row by row."""
    starts, columns = schema.Int32VectorT(), schema.Int32VectorT()
    starts.values = np.concatenate([[0], np.cumsum((weights != 0).sum(axis=1))]).astype(np.int32)
    columns.values = np.nonzero(weights)[1].astype(np.int32)
    outer, inner = schema.DimensionMetadataT(), schema.DimensionMetadataT()
    outer.denseSize = len(weights)
    inner.format = schema.DimensionType.SPARSE_CSR
    inner.arraySegmentsType = inner.arrayIndicesType = schema.SparseIndexVector.Int32Vector
    inner.arraySegments, inner.arrayIndices = starts, columns
    sparsity = schema.SparsityParametersT()
    sparsity.traversalOrder, sparsity.dimMetadata = np.array([0, 1], np.int32), [outer, inner]
    return sparsity


def _operator(code: int, inputs: list[int], outputs: list[int]) -> schema.OperatorT:
    operator = schema.OperatorT()
    operator.opcodeIndex = code
    operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)
    return operator


def _network(weights: np.ndarray) -> schema.ModelT:
    network, graph = schema.ModelT(), schema.SubGraphT()
    kinds = [FLOAT16, FLOAT16, FLOAT32, FLOAT32, FLOAT32]
    graph.tensors = [_tensor(f"t{i}", kind, 1 if i == 0 else 0, weights.shape) for i, kind in enumerate(kinds)]
    graph.tensors[0].sparsity = _rows(weights)
    graph.operators = [_operator(0, [0], [1]), _operator(1, [1], [2]), _operator(2, [2, 3], [4])]
    graph.inputs, graph.outputs = np.array([3], np.int32), np.array([4], np.int32)
    network.subgraphs, network.buffers = [graph], [schema.BufferT(), schema.BufferT()]
    network.buffers[1].data = weights[weights != 0].view(np.uint8)
    network.operatorCodes = [schema.OperatorCodeT() for _ in range(3)]
    for code, operation in zip(network.operatorCodes, (DENSIFY, DEQUANTIZE, ADD), strict=True):
        code.builtinCode = operation
    return network


def _task(network: schema.ModelT) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(network.Pack(builder), b"TFL3")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net.tflite", bytes(builder.Output()))
    return file.getvalue()


def _read(task: bytes) -> schema.ModelT:
    with zipfile.ZipFile(io.BytesIO(task)) as archive:
        return schema.ModelT.InitFromObj(schema.Model.GetRootAs(archive.read("net.tflite"), 0))


WEIGHTS = np.array([[0.0, 1.5, 0.0], [0.0, 0.0, 0.0], [-2.0, 0.0, 0.25]], np.float16)


def test_constants_are_written_out_and_read_directly():
    network = _read(densified(_task(_network(WEIGHTS))))
    graph = network.subgraphs[0]
    (add,) = graph.operators
    assert (list(add.inputs), list(add.outputs)) == ([0, 3], [4])
    assert (graph.tensors[0].type, graph.tensors[0].sparsity) == (FLOAT32, None)
    assert network.buffers[1].data.view("<f4").tolist() == [0, 1.5, 0, 0, 0, 0, -2, 0, 0.25]


def test_weights_lie_where_they_can_be_read_in_place():
    with zipfile.ZipFile(io.BytesIO(densified(_task(_network(WEIGHTS))))) as archive:
        content = archive.read("net.tflite")
    # 1.5 is the second of the nine weights
    assert (content.index(np.array([0, 1.5, 0], "<f4").tobytes()) % 16, len(content) % 16) == (0, 0)


halves = arrays(
    np.float16,
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    elements=st.one_of(st.just(0.0), st.floats(width=16, allow_nan=False)),
    fill=st.nothing(),
).filter(lambda weights: weights.any())


@given(halves)
@settings(deadline=None)
def test_every_weight_stays_the_number_it_was(weights):
    network = _read(densified(_task(_network(weights))))
    assert np.array_equal(network.buffers[1].data.view("<f4").reshape(weights.shape), weights)


def _blocks(network: schema.ModelT) -> None:
    network.subgraphs[0].tensors[0].sparsity.blockMap = np.array([0], np.int32)


def _other_order(network: schema.ModelT) -> None:
    network.subgraphs[0].tensors[0].sparsity.traversalOrder = np.array([1, 0], np.int32)


def _no_sparsity(network: schema.ModelT) -> None:
    network.subgraphs[0].tensors[0].sparsity = None


def _a_weight_short(network: schema.ModelT) -> None:
    network.buffers[1].data = network.buffers[1].data[:-2]


def _single_precision(network: schema.ModelT) -> None:
    network.subgraphs[0].tensors[0].type = FLOAT32


def _shared_bytes(network: schema.ModelT) -> None:
    network.subgraphs[0].tensors[3].buffer = 1


def _two_graphs(network: schema.ModelT) -> None:
    network.subgraphs = network.subgraphs * 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_blocks, "weights compressed along their last axis, got b't0'"),
        (_other_order, "weights compressed along their last axis, got b't0'"),
        (_no_sparsity, "weights compressed along their last axis, got b't0'"),
        (_a_weight_short, "3 rows, got b't0' with 3 rows, 2 values"),
        (_single_precision, "constants of half precision, each with its own bytes, got b't0'"),
        (_shared_bytes, "constants of half precision, each with its own bytes, got b't0'"),
        (_two_graphs, "one graph, got 2"),
    ],
)
def test_network_of_another_make_is_refused(change, told):
    network = _network(WEIGHTS)
    change(network)
    with pytest.raises(BackendError, match=rf"^pose model: net\.tflite: expected {re.escape(told)}; it can be used"):
        densified(_task(network))


def test_zip_of_something_else_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hand.txt", "no network at all")
    with pytest.raises(BackendError, match=r"hand\.txt: expected a TFLite network, got 17 bytes of something else"):
        densified(file.getvalue())


def test_file_that_is_no_zip_is_refused():
    with pytest.raises(BackendError, match="expected a zip of networks to write out"):
        densified(b"a pose model")


# The copy beside the bundle -------------------------------------------------------------------------------------------

TASK = _task(_network(WEIGHTS))


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small bundle, which the manifest expects as model "full"."""
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path))
    manifest = read_manifest()
    manifest["full"]["sha256"] = hashlib.sha256(TASK).hexdigest()
    manifest["full"]["dense_sha256"] = hashlib.sha256(densified(TASK)).hexdigest()
    monkeypatch.setattr(pose_bundle, "read_manifest", lambda: manifest)
    path = tmp_path / "pose_landmarker_full.task"
    path.write_bytes(TASK)
    return path


def test_copy_stands_beside_the_bundle_which_keeps_its_identity(bundle):
    found = find_pose_bundle()
    assert (found.path, found.name, found.sha256) == (bundle, "full", hashlib.sha256(TASK).hexdigest())
    assert found.dense is not None
    assert found.dense.parent == bundle.parent
    assert found.dense.read_bytes() == densified(TASK)
    assert bundle.read_bytes() == TASK


def test_copy_is_made_once(bundle, monkeypatch):
    first = find_pose_bundle()
    monkeypatch.setattr(pose_bundle, "_densified", lambda *_: pytest.fail("made a second time"))
    assert find_pose_bundle() == first


@pytest.mark.parametrize("damage", [lambda content: content[:-1] + b"?", lambda content: content[:100], lambda _: b""])
def test_damaged_copy_is_made_anew(bundle, damage):
    copy = find_pose_bundle().dense
    assert copy is not None
    copy.write_bytes(damage(copy.read_bytes()))
    assert find_pose_bundle().dense == copy
    assert copy.read_bytes() == densified(TASK)


def test_copy_that_is_not_the_one_expected_is_not_used(bundle, monkeypatch, caplog):
    monkeypatch.setattr("formcheck.sources.dense_networks.densified", lambda _: b"another")
    with caplog.at_level(logging.INFO):
        found = find_pose_bundle()
    assert (found.path, found.dense) == (bundle, None)
    assert "loads slowly" in caplog.text
    assert not list(bundle.parent.glob("*dense*"))


def test_folder_that_cannot_be_written_costs_only_time(bundle, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    found = find_pose_bundle()
    assert (found.path, found.dense) == (bundle, None)
    assert not list(bundle.parent.glob("*dense*"))


def test_the_users_own_file_is_taken_as_it_is(bundle, tmp_path):
    own = tmp_path / "mine.task"
    own.write_bytes(TASK)
    assert find_pose_bundle(own) == PoseBundle(own, "mine.task", hashlib.sha256(TASK).hexdigest())


# The true model -------------------------------------------------------------------------------------------------------


def _outputs(bundle: PoseBundle, images: list[np.ndarray], *, video: bool) -> list[tuple[list[object], bytes]]:
    """All that the model says of each picture: every number of every landmark, and the mask."""
    import mediapipe as mp

    told = []
    with landmarkers.open_landmarker(bundle, video=video) as model:
        for index, image in enumerate(images):
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
            result = model.detect_for_video(picture, 40 * index) if video else model.detect(picture)
            points = [*result.pose_landmarks[0], *result.pose_world_landmarks[0]]
            numbers = [(p.x, p.y, p.z, p.visibility, p.presence) for p in points]
            told.append((numbers, result.segmentation_masks[0].numpy_view().tobytes()))
    return told


@pytest.mark.slow
@pytest.mark.parametrize("video", [True, False], ids=["film", "pictures"])
def test_true_model_says_the_same_to_the_bit(checkout, video):
    bundle = find_pose_bundle("full")
    assert bundle.dense is not None
    with open_video(checkout / "sample_videos" / "chair_good.mp4") as frames:
        images = [np.ascontiguousarray(frame.image) for frame, _ in zip(frames, range(6), strict=False)]
    plain = _outputs(replace(bundle, dense=None), images, video=video)
    assert _outputs(replace(bundle, path=bundle.dense), images, video=video) == plain
    assert len({mask for _, mask in plain}) > 1  # the pictures differ: it is not one answer six times


def _codes(network: schema.ModelT) -> set[int]:
    codes = [network.operatorCodes[operator.opcodeIndex] for operator in network.subgraphs[0].operators]
    return {max(code.builtinCode, code.deprecatedBuiltinCode) for code in codes}


@pytest.mark.slow
def test_true_model_is_written_out_whole():
    bundle = find_pose_bundle("full")
    before, after = (_networks(path) for path in (bundle.path, bundle.dense))
    assert set.union(*map(_codes, before)) >= {DENSIFY, DEQUANTIZE}
    assert set.union(*map(_codes, after)) == set.union(*map(_codes, before)) - {DENSIFY, DEQUANTIZE}
    assert all(tensor.sparsity is None for network in after for tensor in network.subgraphs[0].tensors)


def _networks(path: Path) -> list[schema.ModelT]:
    with zipfile.ZipFile(path) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    return [schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0)) for content in contents]

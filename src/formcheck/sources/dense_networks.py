"""The pose networks with their weights written out, so that a landmarker is made in less than half the time.

The networks keep their weights short: half precision throughout, and in the detector only the quarter that is not
zero. XNNPACK writes them out anew for every landmarker. Here that is done once. Half precision fits into single
precision exactly and the zeros are the same zeros, so the arithmetic, and with it every output bit, stays.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError

from .pose_assembly import tflite_tools, zip_aligned

_IDENTIFIER = b"TFL3"
_ALIGNMENT_BYTES = 16
"""TFLite's own converter puts every weight on such a boundary; the schema that MediaPipe carries forgets it."""


def densified(task: bytes) -> bytes:
    """Return the bundle with its constants as plain float32: the same outputs to the bit, made faster.

    Parameters
    ----------
    task : a .task file, a zip of TFLite networks.

    Raises
    ------
    BackendError
        It is no such zip, or a network keeps its weights in a way that is not known here.

    Notes
    -----
    Meant for bundles whose sha256 is known: a network of another make may hold what this schema does not.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(task)) as archive:
            networks = [(name, archive.read(name)) for name in archive.namelist()]
    except zipfile.BadZipFile as error:
        raise BackendError(f"pose model: expected a zip of networks to write out, got: {error}") from error
    return zip_aligned([(name, _densified_network(name, content)) for name, content in networks])


def _densified_network(name: str, content: bytes) -> bytes:
    if content[4:8] != _IDENTIFIER:
        raise _unknown(name, "a TFLite network", f"{len(content)} bytes of something else")
    flatbuffers, schema = tflite_tools()
    network = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    if len(network.subgraphs) != 1:
        raise _unknown(name, "one graph", f"{len(network.subgraphs)}")
    _write_out(name, network, schema)
    network.buffers = [_AlignedBuffer(schema, buffer.data) for buffer in network.buffers]
    builder = flatbuffers.Builder(len(content))
    builder.Finish(network.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def _write_out(name: str, network: Any, schema: Any) -> None:
    """Do beforehand what the operators DENSIFY and DEQUANTIZE do to constants, and take them out of the graph.

    Tensors nobody reads any more stay in the list: they cost nothing, and every index stays what it was.
    """
    graph = network.subgraphs[0]
    shared = Counter(tensor.buffer for tensor in graph.tensors)
    written: dict[int, int] = {}  # what an operator would have made -> the constant which now holds it
    kept = []
    for operator in graph.operators:
        operator.inputs = np.array([written.get(int(i), int(i)) for i in operator.inputs], np.int32)
        operation = _operation(network, operator, schema)
        tensor = graph.tensors[operator.inputs[0]]
        buffer = network.buffers[tensor.buffer]
        if operation not in {schema.BuiltinOperator.DENSIFY, schema.BuiltinOperator.DEQUANTIZE} or buffer.data is None:
            kept.append(operator)
            continue
        if tensor.type != schema.TensorType.FLOAT16 or shared[tensor.buffer] != 1:
            raise _unknown(name, "constants of half precision, each with its own bytes", f"{tensor.name!r}")
        halves = np.asarray(buffer.data, np.uint8).view("<f2")
        if operation == schema.BuiltinOperator.DENSIFY:
            plain = _dense(name, tensor, halves, schema)
            tensor.sparsity = None
        else:
            plain = halves.astype("<f4")
            tensor.type = schema.TensorType.FLOAT32
        buffer.data = plain.reshape(-1).view(np.uint8)
        written[int(operator.outputs[0])] = int(operator.inputs[0])
    graph.operators = kept


def _operation(network: Any, operator: Any, schema: Any) -> int:
    """Which operation it is: older files put it into one field, newer ones into another and leave the first low."""
    code = network.operatorCodes[operator.opcodeIndex]
    custom = int(schema.BuiltinOperator.CUSTOM)
    return custom if code.customCode else max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def _dense(name: str, tensor: Any, values: NDArray[Any], schema: Any) -> NDArray[Any]:
    """Return the weights with their zeros, one row for each run of the last axis, from compressed sparse rows."""
    sparsity = tensor.sparsity
    axes = [] if sparsity is None else sparsity.dimMetadata
    compressed = [axis.format == schema.DimensionType.SPARSE_CSR for axis in axes]
    in_order = sparsity is not None and list(sparsity.traversalOrder) == list(range(len(tensor.shape)))
    if not in_order or sum(compressed) != 1 or not compressed[-1] or sparsity.blockMap is not None:
        raise _unknown(name, "weights compressed along their last axis", f"{tensor.name!r}")
    starts = np.asarray(axes[-1].arraySegments.values, np.int64)
    columns = np.asarray(axes[-1].arrayIndices.values, np.int64)
    dense = np.zeros((int(np.prod(tensor.shape[:-1])), int(tensor.shape[-1])), values.dtype)
    if len(starts) != len(dense) + 1 or not starts[-1] == len(columns) == len(values):
        raise _unknown(name, f"{len(dense)} rows", f"{tensor.name!r} with {len(starts) - 1} rows, {len(values)} values")
    dense[np.repeat(np.arange(len(dense)), np.diff(starts)), columns] = values
    return dense


class _AlignedBuffer:
    """Bytes of a network, packed on a boundary which XNNPACK can read in place."""

    def __init__(self, schema: Any, data: NDArray[np.uint8] | None) -> None:
        self._schema, self._data = schema, data

    def Pack(self, builder: Any) -> Any:  # noqa: N802 - the schema's name for it
        """Write the bytes and return where they stand, as the schema's own buffers do."""
        where = None
        if self._data is not None and len(self._data):
            content = np.asarray(self._data, np.uint8).tobytes()
            builder.Prep(_ALIGNMENT_BYTES, len(content))
            where = builder.CreateByteVector(content)
        self._schema.BufferStart(builder)
        if where is not None:
            self._schema.BufferAddData(builder, where)
        return self._schema.BufferEnd(builder)


def _unknown(name: str, expected: str, found: str) -> BackendError:
    return BackendError(f"pose model: {name}: expected {expected}, got {found}; it can be used as it is")


__all__ = ["densified"]

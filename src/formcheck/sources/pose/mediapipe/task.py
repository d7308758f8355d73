"""Put the pose networks together as MediaPipe Tasks takes them: a .task file, with metadata."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

from formcheck.core.errors import BackendError
from formcheck.sources.pose.models import IN_TASK, PoseModel

_TFLITE = b"TFL3"
"""What bytes 4 to 8 of a network are."""
_ALIGNMENT_BYTES = 64
_ZIPALIGN_ID = 0xD935
"""Header id of a zip extra field that is only padding (registered for Android's zipalign)."""


def build_task(model: PoseModel) -> bytes:
    """Return the networks as a .task file: the same bytes for the same networks.

    Raises
    ------
    BackendError
        MediaPipe cannot be loaded, or the landmark network is none.
    """
    return _zip_aligned([(IN_TASK[0], model.detector), (IN_TASK[1], _with_metadata(model.landmarks))])


def _zip_aligned(parts: list[tuple[str, bytes]]) -> bytes:
    """Return a zip of stored entries whose data start on a boundary of `_ALIGNMENT_BYTES`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # would say which system made the file
            entry.external_attr = 0o600 << 16
            starts_at = out.tell() + 30 + len(name) + 6  # local header, name, head of the extra field
            padding = -starts_at % _ALIGNMENT_BYTES
            entry.extra = struct.pack("<HHH", _ZIPALIGN_ID, 2 + padding, _ALIGNMENT_BYTES) + bytes(padding)
            archive.writestr(entry, content)
    return out.getvalue()


def _with_metadata(network: bytes) -> bytes:
    """Return the landmark network with the metadata which MediaPipe Tasks asks for; a network that has some keeps it.

    It says how a picture becomes the input: one RGB image of float32, (value - 0) / 255.
    """
    try:
        # Only MediaPipe carries these schemas; importing them also loads its system libraries.
        import flatbuffers
        from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
        from mediapipe.tasks.metadata import schema_py_generated as schema
    except (ImportError, OSError) as error:
        raise BackendError(
            f"pose model: MediaPipe cannot be loaded ({error}); `formcheck doctor` says what is missing"
        ) from error
    try:
        if network[4:8] != _TFLITE:
            raise ValueError("no TFLite network")
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network, 0))
        graph = model.subgraphs[0]
        output_names = [graph.tensors[index].name.decode() for index in graph.outputs]
    except (struct.error, IndexError, TypeError, ValueError) as error:
        came = f"expected networks of a pose landmarker, got: {error}"
        raise BackendError(f"MediaPipe: {came}; name another file with --pose-model") from None
    if any(entry.name in ("TFLITE_METADATA", b"TFLITE_METADATA") for entry in model.metadata or []):
        return network
    described = _pack(flatbuffers, _describe_tensors(metadata_schema, output_names), b"M001")

    buffer = schema.BufferT()
    buffer.data = list(described)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = "TFLITE_METADATA"
    entry.buffer = len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return _pack(flatbuffers, model, _TFLITE)


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

"""The reference engine: pictures → people with MediaPipe's own pose landmarker.

It is for comparison, and for machines without another runtime. It needs three landmarkers for each recording, because
their memory cannot be reset.
"""

from __future__ import annotations

import io
import os
import struct
import threading
import zipfile
from contextlib import nullcontext
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError
from formcheck.core.skeleton import MIRROR

from .models import IN_TASK, PoseModel
from .networks import give_back_memory, suppress_native_stderr
from .people import IN_PICTURE, Found, Silhouette, make_blank, paint_over

_MIRROR_GAP_MS = 10_000
"""Time between looks on the mirror's own clock, in ms.

They are far apart: otherwise it would smooth landmarks from one look to the next.
"""
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
_BLOCKING = {"https_proxy": "invalid://", "no_proxy": "amazonaws.com,storage.googleapis.com,localhost,127.0.0.1"}


class MediaPipeLooks:
    """Analyses the pictures of one recording with three landmarkers.

    They are the tracker, the scanner for single pictures, and the mirror.

    Parameters
    ----------
    task : a .task file, as `build_task` makes it.
    still : the recording is a single picture.
    """

    def __init__(self, task: bytes, *, still: bool) -> None:
        NoReports.begin()
        self._models: list[Any] = []
        try:
            self._scanner = self._open(task, video=False)
            self._tracker = None if still else self._open(task, video=True)
            self._mirror = None if still else self._open(task, video=True, masks=False)
        except BaseException:
            for model in self._models:
                model.close()
            NoReports.end()
            raise
        # landmarkers that still have to print their first notes
        self._talkative = {id(model) for model in self._models}
        self._stamp_ms = self._mirror_ms = -1

    def _open(self, task: bytes, *, video: bool, masks: bool = True) -> Any:
        model = open_landmarker(task, video=video, masks=masks)
        self._models.append(model)
        return model

    def follow(self, image: NDArray[np.uint8], time_s: float, *, mask: bool = True) -> Found | None:
        """Return the followed person in the next picture, or None. Times must rise.

        This runtime always makes the mask.
        """
        if self._tracker is None:
            return self._ask(self._scanner, image)
        self._stamp_ms = max(self._stamp_ms + 1, round(time_s * 1000))
        return self._ask(self._tracker, image, self._stamp_ms)

    def search(self, image: NDArray[np.uint8], besides: Found) -> Found | None:
        """Return another person in a single picture, or None."""
        return self._ask(self._scanner, paint_over(image, besides))

    def switch(self, image: NDArray[np.uint8], time_s: float, *, to: Found, besides: Found) -> Found | None:
        """Follow another person from now on.

        Return that person in this picture, or None if the switch failed. The tracker has no input for a region. If one
        person is painted over in its picture, it finds the other one, and stays.
        """
        self.follow(make_blank(image), time_s)
        return self.follow(paint_over(image, besides), time_s)

    def mirror(self, image: NDArray[np.uint8], found: Found) -> Found | None:
        """Return the followed person as seen in the mirrored picture.

        Left and right are exchanged back.
        """
        mirrored = image[:, ::-1]
        if self._mirror is None:
            seen = self._ask(self._scanner, mirrored)
        else:
            self._mirror_ms += _MIRROR_GAP_MS
            seen = self._ask(self._mirror, mirrored, self._mirror_ms)
        if seen is None:
            return None
        flip, shift = np.array([-1.0, 1.0]), np.array([image.shape[1] - 1.0, 0.0])
        return Found(
            seen.xy_px[MIRROR] * flip + shift,
            seen.xyz_m[MIRROR] * np.array([-1.0, 1.0, 1.0]),
            seen.visibility[MIRROR],
            None,
        )

    def _ask(self, model: Any, image: NDArray[np.uint8], stamp_ms: int | None = None) -> Found | None:
        picture = _make_picture(image)
        with suppress_native_stderr() if id(model) in self._talkative else nullcontext():
            result = model.detect(picture) if stamp_ms is None else model.detect_for_video(picture, stamp_ms)
        if not result.pose_landmarks:
            return None
        self._talkative.discard(id(model))
        height, width = image.shape[:2]
        marks, world, masks = result.pose_landmarks[0], result.pose_world_landmarks[0], result.segmentation_masks
        return Found(
            np.array([(m.x * width, m.y * height) for m in marks]),
            np.array([(m.x, m.y, m.z) for m in world]),
            np.array([m.visibility for m in marks]),
            # a copy: the view becomes invalid with the result
            Silhouette(np.array(masks[0].numpy_view()[..., 0]), IN_PICTURE) if masks else None,
        )

    def close(self) -> None:
        """Free the landmarkers, without their report."""
        models, self._models = self._models, []
        if models:
            for model in models:
                model.close()
            NoReports.end()
        give_back_memory()


class NoReports:
    """Prevents MediaPipe's usage reports while a landmarker is open.

    MediaPipe reports to its vendor while it runs and when a landmarker is closed, and has no setting for it. The
    reports are sent with libcurl, which reads its proxy from the environment: with a proxy of an unknown kind it stops
    before it looks up any name. When the last landmarker is closed the environment is restored. Addresses of stored
    recordings are exempt.

    Notes
    -----
    It remembers how many recordings are open, and the user's own proxies.
    """

    _lock = threading.Lock()
    _open = 0
    _kept: ClassVar[dict[str, str]] = {}

    @classmethod
    def begin(cls) -> None:
        """Block the reports."""
        with cls._lock:
            cls._open += 1
            if cls._open == 1:
                cls._kept = {name: os.environ.pop(name) for name in _PROXIES if name in os.environ}
                os.environ.update(_BLOCKING)

    @classmethod
    def end(cls) -> None:
        """Restore the environment if no other landmarker needs the block."""
        with cls._lock:
            cls._open -= 1
            if cls._open == 0:
                for name in _BLOCKING:
                    os.environ.pop(name, None)
                os.environ.update(cls._kept)


def open_landmarker(task: bytes, *, video: bool, masks: bool = True) -> Any:
    """Return MediaPipe's pose landmarker: for a recording, or for single pictures.

    Use it only between `NoReports.begin` and `NoReports.end`.

    Raises
    ------
    BackendError
        A library is missing, or the networks cannot be used.
    """
    try:
        with suppress_native_stderr():
            from mediapipe.tasks.python import BaseOptions, vision

            options = vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=task),
                running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
                output_segmentation_masks=masks,
            )
            return vision.PoseLandmarker.create_from_options(options)
    except (ImportError, OSError) as error:
        came = f"expected it to load, got: {error}; `formcheck doctor` shows what is missing"
        raise BackendError(f"MediaPipe: {came}") from None
    except (RuntimeError, ValueError) as error:
        came = f"expected networks of a pose landmarker, got: {str(error).splitlines()[0]}"
        raise BackendError(f"MediaPipe: {came}; name another file with --pose-model") from None


def _make_picture(image: NDArray[np.uint8]) -> Any:
    """Return an RGB array (H, W, 3) as MediaPipe takes it."""
    import mediapipe as mp

    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))


# The .task file -----------------------------------------------------------------------------------------------------

_TFLITE = b"TFL3"
"""The identifier in bytes 4 to 8 of a network."""
_ALIGNMENT_BYTES = 64
_ZIPALIGN_ID = 0xD935
"""Header id of a zip extra field that is only padding (registered for Android's zipalign)."""


def build_task(model: PoseModel) -> bytes:
    """Return the networks as a .task file: the same bytes for the same networks.

    Raises
    ------
    BackendError
        MediaPipe cannot be loaded, or the landmark network is not valid.
    """
    return _zip_aligned([(IN_TASK[0], model.detector), (IN_TASK[1], _add_metadata(model.landmarks))])


def _zip_aligned(parts: list[tuple[str, bytes]]) -> bytes:
    """Return a zip of stored entries whose data start on a boundary of `_ALIGNMENT_BYTES`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # otherwise it would say which system made the file
            entry.external_attr = 0o600 << 16
            starts_at = out.tell() + 30 + len(name) + 6  # local header, name, head of the extra field
            padding = -starts_at % _ALIGNMENT_BYTES
            entry.extra = struct.pack("<HHH", _ZIPALIGN_ID, 2 + padding, _ALIGNMENT_BYTES) + bytes(padding)
            archive.writestr(entry, content)
    return out.getvalue()


def _add_metadata(network: bytes) -> bytes:
    """Return the landmark network with the metadata that MediaPipe Tasks requires.

    A network that already has metadata keeps it.

    The metadata define how a picture becomes the input: one RGB image of float32, (value - 0) / 255.
    """
    try:
        # Only MediaPipe carries these schemas; importing them also loads its system libraries.
        import flatbuffers
        from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
        from mediapipe.tasks.metadata import schema_py_generated as schema
    except (ImportError, OSError) as error:
        raise BackendError(
            f"pose model: MediaPipe cannot be loaded ({error}); `formcheck doctor` shows what is missing"
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

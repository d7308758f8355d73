"""Write frames as MP4 for browsers: H.264, true time stamps, a complete file or none."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from formcheck.core.errors import StoreError

MAX_VIDEO_SIDE_PX = 1280
TIME_BASE = Fraction(1, 90_000)
"""A multiple of 24, 25, 30, 50 and 60 fps, and of 29.97."""
ENCODERS: Mapping[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "23"},
    "libopenh264": {},
    "h264_videotoolbox": {},
    "h264_mf": {},
    "h264_nvenc": {},
    "h264_qsv": {},
    "h264_vaapi": {},
}
"""H.264 encoders in the order they are tried, with their options."""
_BITS_PER_PIXEL = 0.15
"""Bit rate for encoders that have no constant quality."""
_BT709 = 1
_STEPS = 12
"""Most pictures that a browser decodes to show one of a stepped video."""
_MEGABYTE = 1_000_000


def find_h264_encoder(size_px: tuple[int, int]) -> str:
    """Return the first H.264 encoder that starts here; raise StoreError if none does."""
    for name in ENCODERS:
        try:
            context = av.CodecContext.create(name, "w")
            if not isinstance(context, VideoCodecContext):
                continue
            context.width, context.height = size_px
            context.pix_fmt, context.time_base = "yuv420p", TIME_BASE
            context.open()
        except (av.error.FFmpegError, ValueError, OSError):
            continue
        return name
    raise StoreError(
        f"expected an H.264 encoder ({', '.join(ENCODERS)}), got none in PyAV {av.__version__}; "
        "install PyAV from its published wheels: pip install --force-reinstall av"
    )


def _choose_even_size(size_px: tuple[int, int], max_side_px: int) -> tuple[int, int]:
    """Return the size of the film: within the limit, and even, as yuv420p needs it."""
    width, height = size_px
    if max(size_px) <= max_side_px:
        return width + width % 2, height + height % 2
    scale = max_side_px / max(size_px)
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


class VideoWriter:
    """Write RGB pictures as H.264 in MP4.

    It writes next to the target and moves the file there when the `with` block ends well; after any error nothing is
    left. An existing file with that name is unchanged until then.

    Parameters
    ----------
    path : the MP4 to make.
    fps : frames per second of the source; only a hint for the encoder: the times of `write` decide.
    size_px : (width, height) of the pictures. Odd sizes are padded by one row or column.
    max_side_px : limit of the longer side; larger pictures are scaled down.
    is_stepped : the video is looked at picture by picture, back too; every `_STEPS` pictures one stands alone.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        fps: float,
        size_px: tuple[int, int],
        max_side_px: int = MAX_VIDEO_SIDE_PX,
        is_stepped: bool = False,
    ) -> None:
        self._path = Path(path)
        self._size_px = _choose_even_size(size_px, max_side_px)
        self._fps = Fraction(fps if 0.05 <= fps <= 1000 else 30).limit_denominator(1001)
        self._scaler = VideoReformatter()
        self._is_stepped = is_stepped
        self._last_tick: int | None = None
        self._temp = self._path.with_name(f".{self._path.name}.{uuid.uuid4().hex[:8]}.part")
        if not self._path.parent.is_dir():
            raise StoreError(
                f"{self._path.name}: expected a folder to write into, got {self._path.parent}, which does not exist; "
                "create it first"
            )
        if self._path.is_dir():
            raise StoreError(f"{self._path.name}: expected a file name, got a folder; name a file such as out.mp4")
        encoder = find_h264_encoder(self._size_px)
        try:
            self._open(encoder)
        except (av.error.FFmpegError, OSError) as e:
            self._discard()
            raise self._store_error(e) from None

    def _open(self, encoder: str) -> None:
        self._container = av.open(str(self._temp), "w", format="mp4", container_options={"movflags": "+faststart"})
        stream = self._container.add_stream(encoder, rate=self._fps, options=ENCODERS[encoder])
        self._stream = cast("VideoStream", stream)  # To the type checker, a named encoder could be of any kind.
        context = self._stream.codec_context
        context.width, context.height = self._size_px
        context.pix_fmt, context.time_base = "yuv420p", TIME_BASE
        if self._is_stepped:
            context.gop_size = _STEPS
        self._stream.time_base = TIME_BASE
        if not ENCODERS[encoder]:
            context.bit_rate = round(_BITS_PER_PIXEL * self._size_px[0] * self._size_px[1] * self._fps)
        context.color_range, context.colorspace = ColorRange.MPEG, _BT709
        context.color_trc, context.color_primaries = _BT709, _BT709

    def write(self, image_rgb: NDArray[np.uint8], time_s: float) -> None:
        """Append a picture, (H, W, 3) uint8 RGB, shown from `time_s` seconds on.

        A time that does not rise is moved behind the previous one by the smallest step.
        """
        frame = self._encodable(image_rgb)
        tick = max(0, round(time_s / TIME_BASE))
        if self._last_tick is not None and tick <= self._last_tick:
            tick = self._last_tick + 1
        self._last_tick = tick
        frame.pts, frame.time_base = tick, TIME_BASE
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as e:
            self._discard()
            raise self._store_error(e) from None

    def _encodable(self, image_rgb: NDArray[np.uint8]) -> av.VideoFrame:
        image: NDArray[Any] = np.ascontiguousarray(image_rgb)
        width, height = self._size_px
        missing = (height - image.shape[0], width - image.shape[1])
        if set(missing) == {0, 1} or missing == (1, 1):
            image = np.pad(image, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
        return self._scaler.reformat(
            av.VideoFrame.from_ndarray(image, "rgb24"),
            width,
            height,
            "yuv420p",
            dst_colorspace=Colorspace.ITU709,
            interpolation=Interpolation.BILINEAR,
            dst_color_range=ColorRange.MPEG,
        )

    def close(self) -> None:
        """Finish the file and move it to its final place."""
        if self._last_tick is None:
            self._discard()
            raise StoreError(
                f"{self._path.name}: expected at least one picture to write, got none; no file was written"
            )
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._temp.replace(self._path)
        except (av.error.FFmpegError, OSError) as e:
            self._discard()
            raise self._store_error(e) from None

    def _discard(self) -> None:
        try:
            self._written_bytes = self._temp.stat().st_size
        except OSError:
            self._written_bytes = 0
        try:
            if hasattr(self, "_container"):
                self._container.close()
        except (av.error.FFmpegError, OSError):
            pass  # The end of a file that is deleted.
        finally:
            self._temp.unlink(missing_ok=True)

    def _store_error(self, error: Exception) -> StoreError:
        name, code = self._path.name, getattr(error, "errno", None)
        if code in (errno.ENOSPC, errno.EDQUOT):
            # As much again as was written, and at least the size of a short clip.
            megabytes = max(20, -(-2 * self._written_bytes // _MEGABYTE))
            return StoreError(f"{name}: the disk is full while writing {name}; free {megabytes} MB and run again")
        if code in (errno.EACCES, errno.EPERM, errno.EROFS):
            folder = self._path.absolute().parent
            return StoreError(f"{name}: expected a folder with write permission, got {folder}; pick another with --out")
        reason = str(getattr(error, "strerror", None) or error).lower()
        return StoreError(f"{name}: expected to write a video, got: {reason}; check the disk and run again")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._discard()

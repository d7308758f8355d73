"""Clips made for measuring: thousands of tiny ones, one that runs for an hour, one as large as a phone's.

Nothing is measured here. The same call writes the same bytes with the same libraries.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

FPS = 30
BITS_PER_PX = 0.2
"""Of each picture of a large clip: 12 Mbit/s at 1080p, in the range of what phones write."""
NOISE = 6
"""Grain of a camera's sensor, of 255: pictures drawn larger are smoother than a camera's, and decode faster."""


# Thousands ------------------------------------------------------------------------------------------------------------


def make_tiny_clips(
    folder: Path, count: int, *, source: Path | None = None, frames: int = 3, height: int = 96
) -> list[Path]:
    """Write many tiny MP4 clips, each with a hash of its own; return their paths in order.

    The pictures are encoded once. Each file ends with a box of its number that every reader passes over.

    Parameters
    ----------
    source : a clip to cut the pictures from, evenly over its length; default: a grey slope with nobody in it.
    frames : pictures in each clip, 30 a second.
    height : in px, even; the width follows the source, or is 4 : 3.
    """
    clip = _encoded(_cut(source, frames, height) if source else _slopes(frames, height))
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"tiny_{i:05d}.mp4" for i in range(count)]
    for i, path in enumerate(paths):
        path.write_bytes(clip + _free_box(i))
    return paths


def _free_box(number: int) -> bytes:
    """Return a box of type `free` with 8 bytes: ISO/IEC 14496-12, 8.1.2; its contents are to be ignored."""
    return (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big")


def _encoded(pictures: Sequence[av.VideoFrame]) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        _encode(out, _h264(out, pictures[0].width, pictures[0].height), pictures)
    return file.getvalue()


def _h264(out: Any, width: int, height: int, bit_rate: int | None = None) -> Any:
    stream = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.thread_count = 1  # the same bytes on every machine
    if bit_rate:
        stream.bit_rate = bit_rate
    return stream


def _encode(out: Any, stream: Any, pictures: Iterable[av.VideoFrame]) -> None:
    """Encode pictures one after the other, whatever times they had."""
    for i, picture in enumerate(pictures):
        picture.pts, picture.time_base = i, Fraction(1, FPS)
        out.mux(stream.encode(picture))
    out.mux(stream.encode(None))


def _slopes(frames: int, height: int) -> list[av.VideoFrame]:
    slope = np.linspace(40, 200, height, dtype=np.uint8)[:, None, None]
    grey: NDArray[np.uint8] = np.ascontiguousarray(np.broadcast_to(slope, (height, _even(height * 4 / 3), 3)))
    return [av.VideoFrame.from_ndarray(np.roll(grey, 2 * i, axis=0), format="rgb24") for i in range(frames)]


def _cut(source: Path, frames: int, height: int) -> list[av.VideoFrame]:
    with av.open(str(source)) as container:
        every = list(container.decode(video=0))
    chosen = [every[(2 * i + 1) * len(every) // (2 * frames)] for i in range(frames)]
    width = _even(height * chosen[0].width / chosen[0].height)
    return [picture.reformat(width, height, "yuv420p") for picture in chosen]


def _even(length: float) -> int:
    """Return the nearest even number: H.264 halves its colours."""
    return 2 * round(length / 2)


# An hour --------------------------------------------------------------------------------------------------------------


def make_long_clip(source: Path, folder: Path, minutes: float) -> Path:
    """Repeat a clip until the film is this long; return the path of the file.

    Nothing is encoded again; times continue to increase. Whole rounds only, so it may be longer by up to one; no sound.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source.stem}_{minutes:g}min.mp4"
    with av.open(str(source)) as first, av.open(str(path), "w") as out:
        stream: Any = first.streams.video[0]
        round_pts = _length_pts(source)
        copy = out.add_stream_from_template(stream)
        for i in range(math.ceil(minutes * 60 / float(round_pts * stream.time_base))):
            for packet in _packets(source):
                packet.pts, packet.dts, packet.stream = packet.pts + i * round_pts, packet.dts + i * round_pts, copy
                out.mux(packet)
    return path


def _packets(source: Path) -> Iterator[Any]:
    with av.open(str(source)) as container:
        yield from (packet for packet in container.demux(video=0) if packet.pts is not None)


def _length_pts(source: Path) -> int:
    """Return the time from the first picture to the end of the last, in the units of the stream."""
    spans = [(packet.pts, packet.pts + packet.duration) for packet in _packets(source)]
    return int(max(end for _, end in spans) - min(start for start, _ in spans))


# As large as a phone's ------------------------------------------------------------------------------------------------


def scaled_clip(source: Path, folder: Path, height: int) -> Path:
    """Write a clip again with pictures of this height, 30 a second, grainy, H.264; return the path of the file.

    Pictures in between are blended from their neighbours, so that each has something to decode.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source.stem}_{height}p.mp4"
    with av.open(str(source)) as container, av.open(str(path), "w") as out:
        template = container.streams.video[0]
        width = _even(height * template.width / template.height)
        stream = _h264(out, width, height, round(width * height * FPS * BITS_PER_PX))
        chain = [("framerate", f"fps={FPS}"), ("scale", f"{width}:{height}"), ("noise", f"alls={NOISE}:allf=t")]
        _encode(out, stream, _filtered(container, template, [*chain, ("format", "yuv420p")]))
    return path


def _filtered(container: Any, stream: Any, chain: list[tuple[str, str]]) -> Iterator[av.VideoFrame]:
    from av.filter import Graph

    graph = Graph()
    steps = [graph.add_buffer(template=stream), *(graph.add(*step) for step in chain), graph.add("buffersink")]
    graph.link_nodes(*steps).configure()
    for picture in [*container.decode(stream), None]:
        graph.vpush(picture)
        while True:
            try:
                yield graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                break

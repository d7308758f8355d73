"""How much of a processor core does watching at the desk take?

    python -m benchmarks.desk                           # 60 pictures of a sample clip, one for each second
    python -m benchmarks.desk --pictures 200

Pictures of a person at a desk are encoded as the page sends them, then decoded and looked at as in the app, one after
the other without the pauses between them. Printed are the processor seconds of all threads for each picture: with one
picture a second, this is the share of a core. A person who moves in every picture costs most; sitting still is usual.
"""

from __future__ import annotations

import argparse
import time
from itertools import cycle, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.movement.load import load_movement
from formcheck.drivers.desk.desk_camera import DeskSession
from formcheck.drivers.live.messages import decode_picture
from formcheck.drivers.live.pose_source import choose_desk_engine, open_sight
from formcheck.sources.video import open_video

CLIP = "sample_videos/desk_slumped.mp4"
SENT_PX = (480, 360)
NOISE_GREY, SHIFT_PX = 2.0, 8
WARM_UP = 5
BOUND_PCT = 5.0


def main() -> None:
    """Look at the pictures, moving and still; print the cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=60)
    options = parser.parse_args()
    with open_video(CLIP) as video:
        moving = [cv2.resize(frame.image, SENT_PX) for frame in video][::5]
    shaken = [np.roll(image, SHIFT_PX * (number % 3), axis=1) for number, image in enumerate(moving)]
    for name, images in (("moves in every picture", shaken), ("sits still", moving[:1])):
        share_pct, analysed = measure(images, options.pictures)
        verdict = "below" if share_pct < BOUND_PCT else "NOT below"
        print(f"{name}: {share_pct:.1f} % of a core ({verdict} {BOUND_PCT:.0f} %), {analysed} analysed")


def measure(images: list[NDArray[np.uint8]], pictures: int) -> tuple[float, int]:
    """Return the processor seconds for each second at the desk, percent, and how many pictures were analysed."""
    seeded = np.random.default_rng(1)
    sent = [encode(image, seeded) for image in islice(cycle(images), WARM_UP + pictures)]
    session = DeskSession(open_sight(load_movement("desk_posture"), choose_desk_engine()))
    for number in range(WARM_UP):
        session.look(decode_picture(sent[number]), float(number))
    before_s, before = time.process_time(), session.analysed
    for number in range(WARM_UP, WARM_UP + pictures):
        session.look(decode_picture(sent[number]), float(number))
    spent_s, analysed = time.process_time() - before_s, session.analysed - before
    session.close()
    return 100 * spent_s / pictures, analysed


def encode(image: NDArray[np.uint8], seeded: np.random.Generator) -> bytes:
    """Return a picture as the page sends it, with the noise of a camera."""
    noisy = np.clip(image + seeded.normal(0, NOISE_GREY, image.shape), 0, 255).astype(np.uint8)
    ready, jpeg = cv2.imencode(".jpg", cv2.cvtColor(noisy, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not ready:
        raise ValueError("expected a picture that can be encoded, got one that cannot")
    return jpeg.tobytes()


if __name__ == "__main__":
    main()

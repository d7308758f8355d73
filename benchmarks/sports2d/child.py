"""Sports2D's angle stage over keypoints that are already there; runs in Sports2D's own Python, see run.py.

`python child.py KEYPOINTS.npz RESULT.npz RUNS`. In: `xy_px` (frames, 33, 2), NaN = not seen, and `fps`. Out:
the angles and, for each run, what it took.

No line of Sports2D is repeated here: its own `process_fun` runs, its functions are looked on from outside.
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PER_FRAME = ("add_shoulder_neck_hip_coords", "compute_angles_for_person")
AFTERWARDS = ("interpolate_zeros_nans", "indices_of_first_last_non_nan_chunks", "hampel_filter", "filter1d")
OFF = (
    "show_realtime_results", "save_vid", "save_img", "save_pose", "show_graphs", "save_graphs",
    "to_meters", "make_c3d", "save_calib",
)  # fmt: skip
"""Settings that are switched off: they draw, write what no angle needs, or ask for the height of the person."""
BLANK_PX = 64
WHOLE = "process_fun"


Seconds = tuple[float, float]
"""On the clock, and of the processor."""


class Watch:
    """Lets functions of a module tell how long they took, and what the angles were."""

    def __init__(self, module: Any) -> None:
        self.spent_s: dict[str, Seconds] = {}
        self.frames_deg: list[list[float]] = []
        for name in (*PER_FRAME, *AFTERWARDS):
            setattr(module, name, self._timed(name, getattr(module, name)))

    def _timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            start_s = now_s()
            result = work(*args, **options)
            self.spent_s[name] = since_s(start_s, self.spent_s.get(name, (0.0, 0.0)))
            if name == "compute_angles_for_person":
                self.frames_deg.append(result[1])
            return result

        return timed


def now_s() -> Seconds:
    """Return what the clock shows, and what the processor has spent on this process."""
    return time.perf_counter(), time.process_time()


def since_s(start_s: Seconds, before_s: Seconds = (0.0, 0.0)) -> Seconds:
    """Return what has passed since then, added to what was before."""
    clock_s, busy_s = now_s()
    return before_s[0] + clock_s - start_s[0], before_s[1] + busy_s - start_s[1]


def main() -> None:
    """Read the keypoints, run Sports2D over them, write what it made of them."""
    keypoints, result, runs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with np.load(keypoints) as given:
        xy_px, fps = given["xy_px"], round(float(given["fps"]))
    process = import_module("Sports2D.process")
    watch = Watch(process)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_blank_film(folder / "blank.mp4", len(xy_px), fps)
        write_trc(process, folder / "keypoints_px.trc", xy_px, fps)
        config = settings(folder)
        taken = [one_run(process, config, folder, fps, watch) for _ in range(runs + 1)][1:]  # the first one warms up
        angles = folder / "out" / "out_angles_person00.mot"
        if not angles.is_file():
            sys.exit("no angles: nobody is seen for ten frames in a row")
        written, _, _ = process.read_mot(angles)
    # Sports2D asks for the angles twice: while it goes through the film, and again when that is over.
    bare = np.array(watch.frames_deg[: len(xy_px)])
    asked = [name.lower() for kind in ("joint_angles", "segment_angles") for name in config["angles"][kind]]
    made = {"bare": asked, "written": list(written), "runs": taken}
    np.savez(result, made=json.dumps(made), bare_deg=bare, written_deg=written.to_numpy(float))


def one_run(process: Any, config: dict[str, Any], folder: Path, fps: int, watch: Watch) -> dict[str, Seconds]:
    """Return what one whole run took, and each function that was watched."""
    watch.spent_s.clear()
    watch.frames_deg.clear()
    start_s = now_s()
    process.process_fun(copy.deepcopy(config), Path("blank.mp4"), None, fps, folder / "out")
    return {WHOLE: since_s(start_s), **watch.spent_s}


def settings(folder: Path) -> dict[str, Any]:
    """Return Sports2D's own settings, but for where things are and what is left out."""
    config: dict[str, Any] = copy.deepcopy(import_module("Sports2D.Sports2D").DEFAULT_CONFIG)
    config["base"] |= {"video_dir": str(folder), "load_trc_px": str(folder / "keypoints_px.trc")}
    config["pose"] |= {"device": "cpu", "backend": "openvino"}  # not used; "auto" would look for graphics cards
    for part in config.values():
        part.update(dict.fromkeys(set(OFF) & set(part), False))
    return config


def write_trc(process: Any, path: Path, xy_px: NDArray[np.float32], fps: int) -> None:
    """Write the keypoints as Sports2D reads them, with the names of Pose2Sim's skeleton for MediaPipe."""
    table = import_module("pandas").DataFrame
    nodes = [node for node in process.PreOrderIter(process.BLAZEPOSE) if node.id is not None]
    # Pose2Sim 0.10.49 writes "Lknee" there; the table of angles knows "LKnee" only.
    names = [{"Lknee": "LKnee"}.get(node.name, node.name) for node in nodes]
    seen = xy_px[:, [node.id for node in nodes]].astype(float)
    x, y = (table(seen[..., axis], columns=names) for axis in (0, 1))
    times = import_module("pandas").Series(np.arange(len(seen)) / fps, name="time")
    process.make_trc_with_trc_data(process.trc_data_from_XYZtime(x, y, x * 0.0, times), str(path), fps=fps)


def write_blank_film(path: Path, frames: int, fps: int) -> None:
    """Write the film that Sports2D insists on reading: black and tiny."""
    cv2 = import_module("cv2")
    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, (BLANK_PX, BLANK_PX))
    for _ in range(frames):
        film.write(np.zeros((BLANK_PX, BLANK_PX, 3), np.uint8))
    film.release()


if __name__ == "__main__":
    main()

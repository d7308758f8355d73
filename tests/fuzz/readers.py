"""One case for each reader: a good file, changed at random, given to the reader.

A case ends well, or with formcheck's own error in one line. Anything else is a fault.
"""

from __future__ import annotations

import io
import json
import logging
import struct
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import av
import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.apps.agree.compare import compare, list_all_faults
from formcheck.apps.agree.outcomes import Outcomes, read_outcomes
from formcheck.apps.agree.read import list_unused_columns, match, read_labels, read_sheet
from formcheck.apps.agree.report import write_markdown, write_rows
from formcheck.core.calibration import load_calibration
from formcheck.core.errors import FormCheckError, MovementFileError, keep_on_a_line
from formcheck.core.movement.load import catalogue, load_movement, parse_movement, read_movement_bytes
from formcheck.core.movement.toml_files import MAX_FILE_BYTES
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.core.summary.schema import ModelRecord, SourceRecord
from formcheck.core.summary.summariser import Summariser
from formcheck.drivers.answers import (
    answer,
    find_offer,
    keep_draft,
    keep_pain,
    keep_pain_today,
    keep_session,
    read_screening_state,
)
from formcheck.drivers.batch.inputs import Manifest
from formcheck.drivers.batch.plan import Known, make_key
from formcheck.drivers.batch.store import Store, open_store
from formcheck.drivers.live.messages import MOST_PICTURE_SIDE_PX, decode_picture, read_picture, read_text
from formcheck.drivers.recording.auto import list_earlier_folders
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.results_store import list_results
from formcheck.drivers.therapist.export import export_result
from formcheck.program.screening import QUESTIONS
from formcheck.sinks.results_table import COLUMNS, find_types, write_results
from formcheck.sources.external_poses import open_foreign
from formcheck.sources.pose_track import TrackWriter, open_track
from formcheck.sources.video import open_video

from ..sources.external_poses.pose_files import DATA, write_long_csv, write_openpose, write_trc, write_wide_csv
from .mutations import NAMES, NUMBERS, mutate_bytes, mutate_json, mutate_text, mutate_toml, mutate_value
from .written_files import change_patient_index, change_prescription, change_routine

Case = Callable[[Random, Path], None]
JUDGED_SHARE = 0.01
"""Of the poses that are read, so many are also judged: that takes a hundred times as long."""
MOVEMENT = "hamstring_hinge_standing"


@cache
def _good_poses() -> list[PoseFrame]:
    return list(open_track(DATA / "hinge_good.parquet"))[:6]


def _judge(poses: list[PoseFrame], header: dict[str, Any]) -> None:
    spec = load_movement(MOVEMENT)
    gathered = Summariser(spec)
    for result in run(iter(poses), FormChecker(spec, pose_model=header["model"]["name"])):
        gathered.add(result)
    gathered.summary(
        source=SourceRecord(**header["source"]), model=ModelRecord(**header["model"]), formcheck_version="0",
        created_utc=header["created_utc"],
    ).model_dump_json()  # fmt: skip


def _read_poses(rng: Random, track: Any) -> None:
    poses = list(track)
    times_s = [pose.time_s for pose in poses]
    assert all(np.diff(times_s) > 0), "times must rise"
    assert np.isfinite(times_s).all(), "times must be finite"
    if poses and rng.random() < JUDGED_SHARE:
        _judge(poses, track.header)


# Saved tracks ---------------------------------------------------------------------------------------------------------


def _make_once(write: Callable[[Path], Path]) -> bytes:
    with TemporaryDirectory() as folder:
        return write(Path(folder) / "good").read_bytes()


@cache
def _good_track() -> bytes:
    return _make_once(_save_track)


def _save_track(path: Path) -> Path:
    with TrackWriter(path, open_track(DATA / "hinge_good.parquet").header) as writer:
        for pose in _good_poses():
            writer.write(pose)
    return path


def damage_track(rng: Random, folder: Path) -> None:
    """Give a saved track with damaged bytes."""
    path = folder / "poses.parquet"
    path.write_bytes(mutate_bytes(rng, _good_track()))
    _read_poses(rng, open_track(path))


@cache
def _good_columns() -> tuple[pa.Table, dict[str, Any], dict[str, list[Any]]]:
    table = pq.read_table(io.BytesIO(_good_track()))
    header = json.loads(table.schema.metadata[b"formcheck_track"])
    return table, header, table.slice(0, 6).to_pydict()


def change_track(rng: Random, folder: Path) -> None:
    """Give a saved track with other values: in the header, in cells, in types."""
    table, header, columns = _good_columns()
    if rng.random() < 0.5:
        header = mutate_value(rng, header)
    rows = rng.choice((0, 1, 2, 6))
    arrays, fields = [], []
    for field in table.schema:
        values = list(columns[field.name][:rows])
        if values and rng.random() < 0.15:
            values[rng.randrange(rows)] = _other_cell(rng, field.type, values[0])
        kind = rng.choice((pa.float64(), pa.string())) if rng.random() < 0.01 else field.type
        try:
            arrays.append(pa.array(values, kind))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            arrays.append(pa.nulls(len(values), kind))
        fields.append(pa.field(field.name, kind))
    about = {b"formcheck_track": json.dumps(header).encode()} if rng.random() < 0.98 else {}
    path = folder / "poses.parquet"
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields).with_metadata(about)), path)
    _read_poses(rng, open_track(path))


def _other_cell(rng: Random, kind: pa.DataType, good: Any) -> Any:
    if pa.types.is_floating(kind):
        return rng.choice((None, *NUMBERS))
    if pa.types.is_integer(kind):
        return rng.choice((None, 0, -1, 2**15 - 1, 1))
    values = list(good or [0.0] * 66)
    values[rng.randrange(len(values))] = rng.choice((None, *NUMBERS))
    return rng.choice((None, values, values, [], values[:-1]))


# Poses of other programs ----------------------------------------------------------------------------------------------


def change_trc(rng: Random, folder: Path) -> None:
    """Give a marker file with other cells or damaged bytes."""
    _give_table(rng, write_trc(folder / "a.trc", _good_poses()), "\t")


def change_landmark_csv(rng: Random, folder: Path) -> None:
    """Give a table of landmarks with other cells or damaged bytes."""
    if rng.random() < 0.5:
        path = write_wide_csv(folder / "a.csv", _good_poses(), world=rng.random() < 0.5)
    else:
        path = write_long_csv(folder / "a.csv", _good_poses()[:5])
    _give_table(rng, path, ",")


def _give_table(rng: Random, path: Path, separator: str) -> None:
    text = path.read_text("utf-8")
    data = mutate_text(rng, text, separator).encode("utf-8", "surrogatepass")
    path.write_bytes(mutate_bytes(rng, data) if rng.random() < 0.2 else data)
    _add_sidecar(rng, path.with_suffix(".json"))
    _read_poses(rng, open_foreign(path))


def _add_sidecar(rng: Random, path: Path) -> None:
    if rng.random() < 0.3:
        path.write_bytes(mutate_json(rng, {"width": 640, "height": 480, "fps": 15}))


def change_openpose(rng: Random, folder: Path) -> None:
    """Give a folder of OpenPose's files with other values and names."""
    place = write_openpose(folder / "a", _good_poses())
    for file in list(place.iterdir()):
        if rng.random() < 0.3:
            file.write_bytes(mutate_json(rng, json.loads(file.read_text("utf-8"))))
        if rng.random() < 0.1:
            file.rename(place / f"{rng.choice(NAMES)}_keypoints.json")
    _add_sidecar(rng, folder / "a.json")
    _read_poses(rng, open_foreign(place))


# Results, journals, runs ----------------------------------------------------------------------------------------------

ROW = {
    "recording": "a.mp4", "name": "a.mp4", "input_uri": "/in/a.mp4", "movement_asked": "auto", "side_asked": "auto",
    "input_sha256": "0" * 64, "input_stamp": "abc-17", "identity": "i" * 32, "movement_id": "plank", "verdict": "fix",
    "faults": ["back_rounding"], "checks_cannot_tell": [], "repetitions": 2, "hold_s": 12.5, "error": None,
    "error_kind": None, "wall_s": 1.5, "frames": 30,
}  # fmt: skip
RUN = {"started_utc": "2026-11-22T10:00:00.000+00:00", "settings": {"engine": "direct", "fps": None}}
SUMMARY = {"schema_version": 1, "recognised": {"certainty": 0.5, "unsure": False, "spans": [{"folder": "02_plank"}]}}


def change_results(rng: Random, folder: Path) -> None:
    """Give a folder of results with another table, journal and run; continue, compare or export it."""
    out = folder / "out"
    out.mkdir()
    _write_table(rng, out / "results.parquet")
    _write_journal(rng, out)
    use = rng.choice((_continue_run, _read_for_agreement, _export_table))
    use(out)


def _read_for_agreement(out: Path) -> None:
    for row in read_outcomes(out, asked=["hold_s", "wall_s"]).rows:
        assert all(isinstance(word, str) for word in (row.recording, row.verdict, *row.faults, *row.not_judged))


def _export_table(out: Path) -> None:
    export_result(out, to="csv")


def _continue_run(out: Path) -> None:
    store = Store(out)
    rows = store.rows() + store.older()
    known = Known(rows, rows)
    store.engine(), store.set_aside()
    with open_store(out) as again:
        again.add(ROW, {f"poses/{'1' * 20}.parquet": b"x"})
        again.finish([*rows[:2], ROW], {}, started="2026-11-23T10:00:00.000+00:00", files=())
    assert known.named.keys() <= {make_key(row) for row in rows}


def _write_table(rng: Random, path: Path) -> None:
    types = {name: COLUMNS[name] for name in ROW}
    values: dict[str, Any] = {name: [value] * rng.choice((1, 1, 1, 2)) for name, value in ROW.items()}
    rows = min(map(len, values.values()))
    arrays = {}
    for name, kind in types.items():
        if rng.random() < 0.05:
            continue
        column = values[name][:rows]
        if rng.random() < 0.08:
            column = [mutate_value(rng, value) for value in column]
            with suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
                arrays[name] = pa.array(column)
                continue
        try:
            arrays[name] = pa.array(column, kind)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            arrays[name] = pa.nulls(rows, kind)
    about = mutate_json(rng, {"started_utc": RUN["started_utc"]})
    table = pa.table(arrays).replace_schema_metadata({b"formcheck_batch": about})
    try:
        pq.write_table(table, path)
    except pa.ArrowNotImplementedError:  # a record without fields
        path.write_bytes(b"PAR1")
    if rng.random() < 0.2:
        path.write_bytes(mutate_bytes(rng, path.read_bytes()))


def _write_journal(rng: Random, out: Path) -> None:
    if rng.random() < 0.5:
        lines = [mutate_json(rng, {**ROW, "input_uri": f"/in/{k}.mp4"}) for k in range(rng.randrange(4))]
        (out / "journal.jsonl").write_bytes(b"\n".join(lines))
    if rng.random() < 0.7:
        (out / "run.json").write_bytes(mutate_json(rng, RUN))
    if rng.random() < 0.3:
        name = rng.choice(("1", "2026-11-22T100000.000Z", "x y"))
        (out / "before" / name).mkdir(parents=True)
        (out / "before" / name / "journal.jsonl").write_bytes(mutate_json(rng, ROW))


def change_journal(rng: Random, folder: Path) -> None:
    """Give a folder of results with only a journal and a run."""
    _write_journal(rng, folder)
    store = Store(folder)
    rows = store.rows() + store.older()
    Known(rows, rows)
    json.dumps(rows, allow_nan=False)
    store.engine()
    store.set_aside()
    list_earlier_folders(folder)


def change_kept_result(rng: Random, folder: Path) -> None:
    """Give the app's store a result with another card, and an earlier result with another summary."""
    key = "0" * 32
    place = folder / key
    place.mkdir()
    (place / "card.json").write_bytes(mutate_json(rng, {"recording": "a.mp4", "movement": "Plank"}))
    summary = mutate_json(rng, rng.choice((SUMMARY, _good_summary())))
    (place / "summary.json").write_bytes(summary)
    names = list_earlier_folders(place)
    assert all(name[:2].isdigit() and "/" not in name and ".." not in name for name in names)
    with mock.patch.dict("os.environ", FORMCHECK_RESULTS=str(folder)):
        for found in list_results():
            found.summary()


@cache
def _good_summary() -> dict[str, Any]:
    with TemporaryDirectory():
        summary = check_recording(DATA / "hinge_good.parquet", movement=MOVEMENT)
    return json.loads(summary.model_dump_json())


# What people write ----------------------------------------------------------------------------------------------------

MANIFEST = """recording,movement,sid,subject,age
a.mp4,cat_cow,left,p1,41
b/c.mp4,auto,,p2,1e400
s3://u:p@b/k.mp4?x=1#y,,right,é,12
"""
LABELS = """recording,rater,verdict,faults,hold_s
a.mp4,Ana,fix,back_rounding,12.5
a.mp4,Ben,warn,,11
b.mp4,Ana,ok,,8
b.mp4,Ben,ok,,9
c.mp4,Ana,cannot_tell,,
"""


def _write_text(rng: Random, path: Path, text: str, separator: str) -> None:
    data = mutate_text(rng, text, separator).encode("utf-8", "surrogatepass")
    path.write_bytes(mutate_bytes(rng, data) if rng.random() < 0.3 else data)


def change_manifest(rng: Random, folder: Path) -> None:
    """Give a manifest with other cells or damaged bytes."""
    path = folder / "m.csv"
    _write_text(rng, path, MANIFEST.replace("sid,", rng.choice(("side,", "sid,"))), ",")
    manifest = Manifest(str(path))
    find_types(manifest.columns)
    manifest.matched(["/in/a.mp4", "/in/b/c.mp4"], {"/in/p.parquet": "a.mp4"})
    manifest.others()


@cache
def _outcomes() -> Outcomes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "results.parquet"
        rows = [{**ROW, "recording": f"{k}.mp4", "input_uri": f"/in/{k}.mp4", "name": f"{k}.mp4"} for k in "abcd"]
        write_results(path, rows, {})
        return read_outcomes(path, asked=["hold_s"])


def change_labels(rng: Random, folder: Path) -> None:
    """Give labels of raters with other cells or damaged bytes."""
    path = folder / "labels.csv"
    _write_text(rng, path, LABELS, ",")
    sheet = read_sheet(path)
    faults = list_all_faults()
    labels = read_labels(sheet, faults=faults, measured=_outcomes().measured)
    matched = match(sheet, labels, _outcomes())
    list_unused_columns(sheet, _outcomes().measured)
    if rng.random() < JUDGED_SHARE:
        agreement = compare(sheet, _outcomes(), matched)
        write_markdown(agreement)
        write_rows(agreement, folder / "rows.csv")


@cache
def _movement_files() -> tuple[bytes, ...]:
    return tuple(read_movement_bytes(name) for name in catalogue())


def change_movement(rng: Random, folder: Path) -> None:
    """Give a movement file with other words, lines or damaged bytes."""
    content = rng.choice(_movement_files())
    for _ in range(rng.choice((1, 2, 5))):
        way = rng.randrange(3)
        if way == 0:
            content = mutate_bytes(rng, content)
        else:
            content = mutate_toml(rng, content.decode("utf-8", "replace"), whole=way == 1).encode("utf-8", "replace")
    parse_movement(content[:MAX_FILE_BYTES], "my.toml")


@cache
def _good_calibration() -> dict[str, Any]:
    contour = [round(0.01 * k, 3) for k in range(33)]
    return {"schema_version": 1, "created_utc": None, "neutral": {"standing": contour}, "rounded": {"sitting": contour}}


def change_calibration(rng: Random, folder: Path) -> None:
    """Give a calibration with other values."""
    path = folder / "neutral.json"
    path.write_bytes(mutate_json(rng, _good_calibration()))
    own = load_calibration(path)
    own.merge(own).model_dump_json()
    assert all(np.isfinite(contour).all() for contour in own.neutral.values())


NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ANSWERS = {"schema_version": 1, "answered_utc": "2026-11-22T09:00:00Z", "answers": {}, "draft": {"R1": False},
           "new_signs": False, "sessions": [{"at_utc": "2026-11-22T09:00:00Z", "pain_before": 3, "said": {"a": "b"}}],
           "pains": [{"at_utc": "2026-11-22T09:30:00Z", "movement": "plank", "why": "pressed"}]}  # fmt: skip
FORM = {"when": "before", "pain": 3, "worse": False, "new_signs": None, "felt": "same", "movement": "plank", "said": {}}
NO = {question.id: False for question in QUESTIONS}
FORMS: tuple[tuple[Callable[[object, datetime], object], dict[str, Any]], ...] = (
    (keep_session, FORM), (answer, NO), (keep_draft, {"R1": False}), (keep_pain, {"movement": "plank"}),
    (keep_pain_today, {"today": "gone", "new_signs": False}),
)  # fmt: skip


def change_answers(rng: Random, folder: Path) -> None:
    """Give stored answers, and forms of the page, with other values."""
    with mock.patch.dict("os.environ", FORMCHECK_DATA=str(folder)):
        (folder / "screening.json").write_bytes(mutate_json(rng, ANSWERS))
        read_screening_state(NOW)
        find_offer(load_movement("plank"), NOW)
        for keep, form in FORMS:
            with suppress(FormCheckError):
                keep(mutate_value(rng, form), NOW)


# Messages of a page ---------------------------------------------------------------------------------------------------

HELLO = {"type": "hello", "version": 1, "token": "t", "session": None, "movement": "plank", "side": "left",
         "camera": "camera", "from": "setup", "record": "none",
         "carried": {"movement": "plank", "spent_s": 3.5, "repetitions": [{"side": "left"}], "faults": []}}  # fmt: skip


@cache
def _good_jpeg() -> bytes:
    shown = np.random.default_rng(1).integers(0, 255, (72, 96, 3), np.uint8)
    return bytes(cv2.imencode(".jpg", shown)[1])


def change_message(rng: Random, folder: Path) -> None:
    """Give a message of the live page: text, or a picture."""
    if rng.random() < 0.5:
        good = rng.choice((HELLO, {"type": "command", "name": "go"}, {"type": "ping"}))
        read_text(mutate_json(rng, good).decode("utf-8", "replace"))
        return
    jpeg = _good_jpeg()
    if rng.random() < 0.2:  # another size is stated
        height, width = rng.choice((0, 1, 4097, 30_000, 65_535)), rng.choice((0, 96, 12_000, 65_535))
        at = jpeg.index(b"\xff\xc0") + 5
        jpeg = jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
    data = struct.pack("<dI", rng.choice(NUMBERS), 7) + jpeg
    picture = read_picture(mutate_bytes(rng, data))
    assert np.isfinite(picture.time_s)
    image = decode_picture(picture.jpeg)
    assert max(image.shape[:2]) <= MOST_PICTURE_SIDE_PX


# Videos ---------------------------------------------------------------------------------------------------------------

CONTAINERS = ("mp4", "mkv", "avi", "mpegts", "webm")
_CODECS = {"mp4": "h264", "mkv": "h264", "avi": "mpeg4", "mpegts": "mpeg2video", "webm": "libvpx-vp9"}


@cache
def _good_video(container: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="matroska" if container == "mkv" else container) as file:
        stream = file.add_stream(_CODECS[container], rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(8):
            shown = np.full((48, 64, 3), 20 * k, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        file.mux(stream.encode())
    return out.getvalue()


def damage_video(rng: Random, folder: Path) -> None:
    """Give a video with damaged bytes."""
    container = rng.choice(CONTAINERS)
    path = folder / f"a.{container}"
    path.write_bytes(mutate_bytes(rng, _good_video(container)))
    with open_video(path, max_side_px=256) as video:
        times_s = [frame.time_s for frame in islice(video, 500)]
    assert all(np.diff(times_s) > 0), "times must rise"
    assert np.isfinite([*times_s, video.info.fps, video.info.duration_s]).all()
    assert video.info.duration_s >= 0


READERS: dict[str, tuple[Case, int]] = {
    "track_bytes": (damage_track, 10_000),
    "track_values": (change_track, 10_000),
    "trc": (change_trc, 10_000),
    "landmark_csv": (change_landmark_csv, 10_000),
    "openpose": (change_openpose, 10_000),
    "results": (change_results, 10_000),
    "journal": (change_journal, 10_000),
    "kept_result": (change_kept_result, 10_000),
    "manifest": (change_manifest, 10_000),
    "labels": (change_labels, 10_000),
    "movement": (change_movement, 10_000),
    "routine": (change_routine, 10_000),
    "prescription": (change_prescription, 10_000),
    "patient_index": (change_patient_index, 10_000),
    "calibration": (change_calibration, 10_000),
    "answers": (change_answers, 10_000),
    "message": (change_message, 10_000),
    "video": (damage_video, 1000),
}
"""Reader -> one case, and how many cases CI would run if time did not matter; see `test_readers.py`."""


class Outcome(StrEnum):
    """How a case ended well."""

    READ = "read"
    REFUSED = "refused"


def run_case(name: str, seed: int) -> Outcome:
    """Run one case of a reader; raise what it could not handle."""
    case, _ = READERS[name]
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory(prefix="formcheck-fuzz-") as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            case(Random(f"{name} {seed}"), Path(folder))
        except FormCheckError as error:
            refusal = error
        else:
            return Outcome.READ
        finally:
            logging.disable(logging.NOTSET)
    expected = 1 + len(refusal.problems) if isinstance(refusal, MovementFileError) else 1
    lines = str(refusal).split("\n")
    assert len(lines) == expected, f"{len(lines)} lines instead of {expected}"
    assert all(0 < len(line) <= 1000 for line in lines), "a line without end"
    assert keep_on_a_line("".join(lines)) == "".join(lines), "what a terminal obeys"
    return Outcome.REFUSED

"""A recorded set survives a kill and a full disk: what was stored becomes a result, and nothing else stays."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import av
import pytest

from formcheck.core.errors import StoreError
from formcheck.core.movement.load import load_movement, read_movement_bytes
from formcheck.drivers.live import recorder as recording
from formcheck.drivers.live import words
from formcheck.drivers.live.recorder import POSES_PER_PIECE, LiveRecorder, find_recording_stage, finish_left_sets
from formcheck.drivers.results_store import claim_left_folders, find_result, list_results
from formcheck.sources.pose_track import open_track

from .conftest import jpeg_of, track

HINGE = "hamstring_hinge_standing"
MODEL = {"name": "full", "sha256": "0" * 64}
CHILD = Path(__file__).with_name("recording_child.py")
WHOLE = {"card.json", "frames.parquet", "movement.toml", "poses.parquet", "summary.json"}


@pytest.fixture(scope="module")
def picture():
    return jpeg_of(160, 120)


@pytest.fixture
def killed(results, picture):
    """Return a function that records a set in another process and kills it at a moment; returns the set's key."""

    def run(mode: str, poses: int, what: str) -> str:
        with subprocess.Popen(
            [sys.executable, str(CHILD), mode, str(poses), what], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            child.stdin.write(picture)
            child.stdin.close()
            key = child.stdout.readline().decode().strip()
            child.kill()
        assert len(key) == 32
        return key

    return run


def make(mode: str, **changes: object) -> LiveRecorder:
    return LiveRecorder(mode, load_movement(HINGE), None, None, MODEL, **changes)


def names_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def count_pictures(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


@pytest.mark.parametrize("mode", ["landmarks", "video"])
@pytest.mark.parametrize(("poses", "kept"), [(31, 0), (100, 96), (168, 160)])
def test_set_under_way_at_a_kill_is_kept_to_the_last_piece(results, killed, mode, poses, kept):
    key = killed(mode, poses, "recording")
    (folder,) = results.iterdir()  # nothing but the raw data
    assert find_result(key) is None
    finish_left_sets(claim_left_folders())
    assert not folder.exists()
    if not kept:
        assert names_of(results) == set()
        return
    assert names_of(results) == {key}
    found = find_result(key)
    assert found.recording.endswith("(interrupted)")
    poses_kept = [pose.time_s for pose in open_track(found.folder / "poses.parquet")]
    first_s = track("hinge_good")[0].time_s
    assert poses_kept == pytest.approx([pose.time_s - first_s for pose in track("hinge_good")[:kept]])
    assert names_of(found.folder) == (WHOLE | {"annotated.mp4"} if mode == "video" else WHOLE)
    if mode == "video":
        assert count_pictures(found.folder / "annotated.mp4") == kept


@pytest.mark.parametrize("what", ["judging", "drawing"])
def test_ended_set_is_whole_after_a_kill(results, killed, what):
    key = killed("video", 120, what)
    assert (find_result(key) is not None) == (what == "drawing")  # the summary is there before the video
    finish_left_sets(claim_left_folders())
    assert names_of(results) == {key}
    found = find_result(key)
    assert "interrupted" not in found.recording
    assert names_of(found.folder) == WHOLE | {"annotated.mp4"}
    assert count_pictures(found.folder / "annotated.mp4") == found.summary().source.frames == 120


def test_raw_data_of_a_living_process_is_not_touched(results, picture):
    recorder = make("video")
    recorder.add(track("hinge_good")[0], picture)
    assert claim_left_folders() == []
    assert len(names_of(results)) == 1
    recorder.drop()
    assert names_of(results) == set()


def test_summary_is_there_before_the_video(results, picture, monkeypatch):
    seen: list[tuple[set[str], str | None]] = []
    add_video = recording._add_video

    def look(folder, about, movement):
        seen.append((names_of(find_result(about.key).folder), find_recording_stage(about.key)))
        add_video(folder, about, movement)

    monkeypatch.setattr(recording, "_add_video", look)
    recorder = record("video", picture)
    recorder.finish()
    assert seen == [(WHOLE, "drawing")]
    assert find_recording_stage(recorder.key) is None
    assert names_of(results / recorder.key) == WHOLE | {"annotated.mp4"}


def test_the_video_of_a_deleted_result_is_not_kept(results, picture, monkeypatch):
    judge_set = recording._judge_set

    def judge_and_delete(folder, about, movement):
        judge_set(folder, about, movement)
        for result in list_results():
            recording.remove_owned(result.folder)

    monkeypatch.setattr(recording, "_judge_set", judge_and_delete)
    record("video", picture).finish()
    assert names_of(results) == set()


def record(mode: str, picture: bytes, poses: int = 120) -> LiveRecorder:
    recorder = make(mode)
    for pose in track("hinge_good")[:poses]:
        recorder.add(pose, picture)
    return recorder


def test_last_incomplete_picture_and_damaged_piece_are_left_out(results, killed):
    key = killed("video", 128, "recording")
    (folder,) = results.iterdir()
    with (folder / "pictures").open("rb+") as pictures:
        pictures.truncate((folder / "pictures").stat().st_size * 20 // 128 - 5)
    (folder / "poses-000002.parquet").write_bytes(b"PAR1 damaged")
    finish_left_sets(claim_left_folders())
    found = find_result(key)
    assert found.summary().source.frames == 2 * POSES_PER_PIECE
    assert count_pictures(found.folder / "annotated.mp4") == 19


@pytest.mark.parametrize("damage", ["no about", "broken about", "unknown movement", "foreign key"])
def test_left_folder_that_is_no_set_is_removed(results, killed, damage):
    key = killed("landmarks", 64, "recording")
    (folder,) = results.iterdir()
    about = folder / "set.json"
    text = about.read_text("utf-8")
    if damage == "no about":
        about.unlink()
    else:
        about.write_text(
            {
                "broken about": text[:-9],
                "unknown movement": text.replace(HINGE, "no_such_movement"),
                "foreign key": text.replace('"key":"', '"key":"../../'),
            }[damage]
        )
    finish_left_sets(claim_left_folders())
    assert names_of(results) == set()
    assert names_of(results.parent) == {"results"}
    assert not (results.parent.parent / key).exists()


# A full disk ----------------------------------------------------------------------------------------------------------


class FullDisk:
    """Lets files of some names fail as on a full disk, from one moment on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pictures = self.pieces = self.results = False
        open_track_writer, judge = recording.TrackWriter, recording.judge_poses
        write_picture = LiveRecorder._write_picture

        def no_room(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def piece(*args: object, **options: object) -> object:
            return no_room() if self.pieces else open_track_writer(*args, **options)

        def result(*args: object, **options: object) -> object:
            return no_room() if self.results else judge(*args, **options)

        def of_picture(recorder: LiveRecorder, jpeg: bytes) -> None:
            if self.pictures and recorder._pictures is not None:
                raise StoreError("pictures: expected room for the results, got a full disk")
            write_picture(recorder, jpeg)

        monkeypatch.setattr(recording, "TrackWriter", piece)
        monkeypatch.setattr(recording, "judge_poses", result)
        monkeypatch.setattr(LiveRecorder, "_write_picture", of_picture)


@pytest.fixture
def disk(monkeypatch) -> FullDisk:
    return FullDisk(monkeypatch)


def test_video_that_does_not_fit_leaves_room_for_the_landmarks(results, picture, disk):
    recorder = make("video")
    for k, pose in enumerate(track("hinge_good")):
        disk.pictures = k >= 50
        recorder.add(pose, picture)
    (folder,) = results.iterdir()
    assert not (folder / "pictures").exists()
    kept = recorder.keep()
    wait_for_the_result()
    assert kept["words"] == words.RECORDED_WITHOUT_VIDEO
    assert names_of(results / recorder.key) == WHOLE
    assert find_result(recorder.key).summary().source.frames == 168


def test_set_goes_on_when_its_landmarks_do_not_fit(live, results, disk):
    session = live(track("hinge_good"), record="landmarks")
    for k in range(150):
        disk.pieces = k >= 70
        session.send()
    assert session.replies[-1]["stage"] == "practise"
    disk.pieces = False
    kept = session.session.finish()["recording"]
    wait_for_the_result()
    assert kept["words"] == words.RECORDED_IN_PART
    (found,) = list_results()
    assert found.summary().source.frames == 64


def test_result_that_does_not_fit_is_made_at_the_next_start(results, picture, disk):
    recorder = record("video", picture)
    disk.results = True
    recorder.finish()
    assert find_recording_stage(recorder.key) == "failed"
    assert find_result(recorder.key) is None
    (folder,) = results.iterdir()
    disk.results = False
    finish_left_sets([folder])
    assert names_of(results) == {recorder.key}
    assert names_of(results / recorder.key) == WHOLE | {"annotated.mp4"}


def test_set_of_an_own_movement_is_finished_at_the_next_start(results, picture, disk, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    file = tmp_path / "data" / "movements" / "mine.toml"
    file.parent.mkdir(parents=True)
    file.write_bytes(read_movement_bytes(HINGE).replace(b'id = "hamstring_hinge_standing"', b'id = "wall_bow"', 1))
    recorder = LiveRecorder("landmarks", load_movement(file), None, None, MODEL)
    for pose in track("hinge_good"):
        recorder.add(pose, picture)
    disk.results = True
    recorder.finish()
    disk.results = False
    finish_left_sets([path for path in results.iterdir() if path.name.startswith(".")])
    (found,) = list_results()
    assert (found.summary().movement.id, (found.folder / "movement.toml").read_bytes()) == (
        "wall_bow", file.read_bytes(),
    )  # fmt: skip


def test_a_set_that_cannot_be_finished_is_tried_three_times(results, picture, disk):
    record("landmarks", picture).finish()
    disk.results = True
    recorder = record("landmarks", picture)
    recorder.finish()
    for _ in range(2):
        finish_left_sets([path for path in results.iterdir() if path.name.startswith(".")])
    assert [path for path in results.iterdir() if path.name.startswith(".")] == []
    assert len(list_results()) == 1


def wait_for_the_result() -> None:
    import threading

    for thread in threading.enumerate():
        if thread.name == "keep-recording":
            thread.join()


def test_dropped_set_leaves_nothing(results, picture):
    recorder = record("video", picture, poses=40)
    recorder.drop()
    assert names_of(results) == set()

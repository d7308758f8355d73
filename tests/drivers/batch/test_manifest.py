"""Manifests as spreadsheets write them; each problem is reported with its line."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest

from formcheck.core.errors import SourceError
from formcheck.drivers.batch.inputs import Manifest, gather
from formcheck.sinks.results_table import convert_to_type, find_types
from formcheck.sources.pose_track import open_track


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes meta/m.csv and reads it."""
    monkeypatch.chdir(tmp_path)
    Path("meta").mkdir()

    def read(text):
        content = text if isinstance(text, bytes) else text.encode("utf-8")
        Path("meta/m.csv").write_bytes(content)
        return Manifest("meta/m.csv")

    return read


def recordings(*names):
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"not empty")


def gathered(manifest, *inputs):
    entries = gather(inputs, manifest=manifest, movement="auto", side="auto", out=Path("out"))
    return [
        (Path(e.place).relative_to(Path.cwd()).as_posix(), e.movement, e.side, *e.carried.values()) for e in entries
    ]


# How it is written ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'recording,side,subject\na.mp4,left,"Ann, B"\n',
        '\ufeffrecording;side;subject\r\n\r\n a.mp4 ; Left ;"Ann, B"\r\n;;\r\n',
        'recording\tside\tsubject\na.mp4\tLEFT\tAnn, B',
        '\n\nSide,subject,File\rleft,"Ann, B",a.mp4\r',
    ],
    ids=["commas", "semicolons, mark, blank lines", "tabs", "old line ends, other order"],
)  # fmt: skip
def test_every_spreadsheet_is_read(write, text):
    (line,) = write(text).lines
    assert (line.recording, line.movement, line.side, line.carried) == ("a.mp4", "", "left", {"subject": "Ann, B"})
    assert line.place == str(Path("meta/a.mp4").absolute())


def test_line_end_within_quotes_is_part_of_the_value(write):
    lines = write('recording,note\n"two\nlines.mp4","a\u2028b"\nb.mp4,c\n').lines
    assert [(line.recording, line.carried["note"]) for line in lines] == [
        ("two\nlines.mp4", "a\u2028b"),
        ("b.mp4", "c"),
    ]


def test_column_recording_counts_before_other_names_for_it(write):
    manifest = write("File,Recording\nconsent.pdf,a.mp4\n")
    assert manifest.lines[0].recording == "a.mp4"
    assert manifest.columns == {"File": ["consent.pdf"]}


BAD = [
    ("", "m.csv: expected a header line and a line for each recording, got none; fill it in"),
    ("recording,age\n,,\n\n", "m.csv: expected a header line and a line for each recording, got none; fill it in"),
    ("name,subject\na,b\n", "m.csv: expected a column `recording`, got name, subject; add it"),
    ("recording,x\na.mp4,b,c\n", "m.csv, line 2: expected 2 values, got 3; put quotes around a value with a comma"),
    ("recording,x\n\n\na.mp4\n", "m.csv, line 4: expected 2 values, got 1; put quotes around a value with a comma"),
    ("recording,x\n ,b\n", "m.csv, line 2: expected a recording, got none; fill it in"),
    ("recording,side\na.mp4,up\n", "m.csv, line 2: expected left, right or auto, got 'up'; correct it"),
    (
        "recording,Verdict,Worker\na.mp4,b,c\n",
        "m.csv: expected unique column names that the results do not use, got Verdict, Worker; rename it",
    ),
    (
        "recording,age,Age\na.mp4,4,5\n",
        "m.csv: expected unique column names that the results do not use, got Age, age; rename it",
    ),
    (
        "recording,,b\na.mp4,4,5\n",
        "m.csv: expected unique column names that the results do not use, got a column without a name; rename it",
    ),
    (b"recording\n\xff\xfe.mp4\n", "m.csv: expected a CSV file in UTF-8, got another; save it as UTF-8"),
]


@pytest.mark.parametrize(("text", "told"), BAD)
def test_bad_manifest_is_reported_in_one_line(write, text, told):
    with pytest.raises(SourceError) as error:
        write(text)
    assert str(error.value) == told


def test_manifest_that_is_not_there_is_reported(write):
    with pytest.raises(SourceError, match=r"^none.csv: expected a manifest, got: No such file or directory; check the"):
        Manifest("none.csv")
    with pytest.raises(SourceError, match=r"^meta: expected a manifest, got: Is a directory; check the path$"):
        Manifest("meta")


def test_value_that_is_too_long_for_csv_is_reported(write):
    with pytest.raises(
        SourceError, match=r"^m.csv, line \d: expected a line of CSV, got field larger than .+; correct"
    ):
        write(f'recording,note\na.mp4,"{"x" * 200_000}"\n')


# Which recordings it speaks of ----------------------------------------------------------------------------------------


def test_names_alone_are_recordings_beside_the_manifest(write):
    manifest = write(
        f"recording,movement,side\na.mp4,cat_cow,left\nsub/b.mp4,,\n{Path('c.mp4').absolute()},own.toml,\n"
    )
    assert gathered(manifest) == [
        ("meta/a.mp4", "cat_cow", "left"),
        ("meta/sub/b.mp4", "auto", "auto"),
        ("c.mp4", str(Path("meta/own.toml")), "auto"),
    ]


def test_inputs_match_by_the_end_of_their_path_and_keep_order(write):
    recordings("in/s1/a.mp4", "in/s1/b.mp4", "in/s2/a.mp4")
    manifest = write("recording,movement,who\ns2/a.mp4,cat_cow,Ben\ns1/a.mp4,plank,Ann\n")
    assert gathered(manifest, "in") == [
        ("in/s1/a.mp4", "plank", "auto", "Ann"),
        ("in/s1/b.mp4", "auto", "auto"),
        ("in/s2/a.mp4", "cat_cow", "auto", "Ben"),
    ]  # fmt: skip


def test_name_of_several_inputs_is_reported(write):
    recordings("in/s1/a.mp4", "in/s2/a.mp4")
    manifest = write("recording\n\na.mp4\n")
    told = r"^m.csv, line 3: expected a recording, got 'a.mp4', the name of 2 recordings; give more of its path$"
    with pytest.raises(SourceError, match=told):
        gathered(manifest, "in")


def test_a_file_next_to_the_manifest_wins_over_one_of_equal_name(write):
    recordings("meta/a.mp4", "in/a.mp4")
    assert gathered(write("recording,who\na.mp4,Ann\n"), "in") == [
        ("in/a.mp4", "auto", "auto"), ("meta/a.mp4", "auto", "auto", "Ann"),
    ]  # fmt: skip


def test_a_line_that_reaches_an_input_another_way_matches_it(write):
    recordings("in/a.mp4")
    Path("meta/linked").symlink_to(Path("in").absolute())
    manifest = write("recording,who\n../in/a.mp4,Ann\n")
    assert (
        gathered(manifest, "in")
        == gathered(manifest, str(Path("in").absolute()))
        == [("in/a.mp4", "auto", "auto", "Ann")]
    )
    assert gathered(write("recording,who\nlinked/a.mp4,Ann\n"), "in/a.mp4") == [
        ("in/a.mp4", "auto", "auto"), ("meta/linked/a.mp4", "auto", "auto", "Ann"),
    ]  # fmt: skip


def test_accents_of_a_mac_and_bars_of_windows_are_the_same_names(write):
    recordings("in/" + unicodedata.normalize("NFD", "Zoë") + "/a.mp4", "meta/sub/b.mp4")
    first, second = gathered(write("recording,who\nZoë\\a.mp4,Zoë\nsub\\b.mp4,Ben\n"), "in")
    assert (first[3:], second) == (("Zoë",), ("meta/sub/b.mp4", "auto", "auto", "Ben"))


def test_two_movements_are_two_rows_and_a_duplicate_line_is_one(write):
    text = "recording,movement,who\na.mp4,plank,Ann\na.mp4,cat_cow,Ann\na.mp4,plank,Ann\n"
    assert [movement for _, movement, *_ in gathered(write(text))] == ["plank", "cat_cow"]


def test_contradiction_in_a_manifest_is_reported(write):
    manifest = write("recording,who,age\na.mp4,Ann,40\n./a.mp4,Ben,40\n")
    with pytest.raises(
        SourceError, match=r"a.mp4: expected one line of the manifest .+, got several that differ in who;"
    ):
        gathered(manifest)


def test_addresses_stand_beside_the_manifest_too(tmp_path):
    import fsspec

    with fsspec.open("memory://study/m.csv", "wb") as file:
        file.write(b"recording,who\na b.mp4,Ann\ns3://other/b.mp4,Ben\n")
    places = [line.place for line in Manifest("memory://study/m.csv").lines]
    assert places == ["memory://study/a b.mp4", "s3://other/b.mp4"]


def test_manifest_named_as_a_file_address_is_the_file(write):
    recordings("meta/100%.mp4")
    write("recording\n100%.mp4\n")
    manifest = Manifest(Path("meta/m.csv").absolute().as_uri())
    assert gathered(manifest) == [("meta/100%.mp4", "auto", "auto")]


# What is carried ------------------------------------------------------------------------------------------------------

COLUMNS = [
    (["41", "", "-3"], pa.int64(), [41, None, -3]),
    (["007", "12"], pa.string(), ["007", "12"]),
    (["1.5", "2", ""], pa.float64(), [1.5, 2.0, None]),
    (["1e3", "+2"], pa.float64(), [1000.0, 2.0]),
    (["nan", "1"], pa.string(), ["nan", "1"]),
    (["1e999", "1"], pa.string(), ["1e999", "1"]),
    (["1_000", "2"], pa.string(), ["1_000", "2"]),
    (["٣", "2"], pa.string(), ["٣", "2"]),
    ([str(2**63), "1"], pa.string(), [str(2**63), "1"]),
    ([str(2**63 - 1), str(1 - 2**63)], pa.int64(), [2**63 - 1, 1 - 2**63]),
    (["9" * 5000], pa.string(), ["9" * 5000]),
    (["", ""], pa.string(), [None, None]),
    (["yes", "no"], pa.string(), ["yes", "no"]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kind", "stored"), COLUMNS, ids=lambda v: str(v)[:20])
def test_column_is_numbers_only_where_nothing_is_lost_by_it(values, kind, stored):
    assert find_types({"x": values}) == {"x": kind}
    assert [convert_to_type(value, kind) for value in values] == stored
    assert pa.array(stored, kind).to_pylist() == stored


# Saved poses ----------------------------------------------------------------------------------------------------------

TRACK = Path(__file__).resolve().parent.parent.parent / "data" / "hinge_good.parquet"


def test_saved_poses_use_the_line_of_their_recording(write):
    """Poses that are scored again are no second recording: one row, with the columns of the manifest."""
    name = open_track(TRACK).header["source"]["name"]
    manifest = write(f"recording,subject\n{name},Ann\nother.mp4,Bob\n")
    recordings(f"meta/{name}", "meta/other.mp4")
    Path("poses").mkdir()
    shutil.copy(TRACK, "poses/0001.parquet")
    assert gathered(manifest, "poses") == [
        ("poses/0001.parquet", "auto", "auto", "Ann"),
        ("meta/other.mp4", "auto", "auto", "Bob"),
    ]


def test_a_recording_that_is_given_comes_before_its_saved_poses(write):
    name = open_track(TRACK).header["source"]["name"]
    manifest = write(f"recording,subject\n{name},Ann\n")
    recordings(f"meta/{name}")
    Path("poses").mkdir()
    shutil.copy(TRACK, "poses/0001.parquet")
    assert gathered(manifest, "poses", f"meta/{name}") == [
        ("poses/0001.parquet", "auto", "auto"),
        (f"meta/{name}", "auto", "auto", "Ann"),
    ]


def test_manifest_with_more_lines_than_a_table_is_refused(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("recording\n" + "a.mp4\n" * 500_001)
    with pytest.raises(SourceError, match="expected at most 500000 lines"):
        Manifest(str(path))

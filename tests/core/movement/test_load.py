"""Broken movement files: all problems at once, each with its place, what was expected and what came."""

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.movement.load import (
    catalogue,
    check_files,
    check_own_files,
    load_movement,
    load_unrecognised,
    parse_movement,
    read_movement_bytes,
)
from formcheck.core.movement.signals import MOTION_SIGNALS, find_unit, is_signal, resolve
from formcheck.core.movement.toml_files import MAX_FILE_BYTES

KNEE = '[measures.knee]\nname = "Knee"\nsignal = "knee_near_deg"\nunit = "deg"\ntarget = [165, 190]\nwarn = [155, 200]'
BENT = 'when = [{ signal = "knee_near_deg", below = 155.0, clear = 165.0 }]'
ROUND = 'when = [{ signal = "back_bend_deg", above = 40.0, clear = 25.0 }]'
UNKNOWN = (
    "unknown signal 'knee_angle'; expected a measurement (list them with `formcheck movements signals`; "
    "sides: left, right, working, other, near, far) "
    "or one of speed_deg_per_s, bounce_deg, repetition_s, hold_s, unrest_tl, steps_per_min, deeper_deg, hesitations_n"
)
SHARED = "bounce, too_fast, early_release, over_hold, deeper_each_rep, restless"

BROKEN = {
    "a key is missing": ('name = "Bow"\n', "", ["name: expected a value, the key is missing"]),
    "a source is missing in a measure": (
        'warn = [155, 200]\nsource = "E"',
        "warn = [155, 200]",
        ["measures.knee.source: expected a value, the key is missing"],
    ),
    "a source is missing in a fault": (
        'cue = "Straighten your knee"\nsource = "E"',
        'cue = "Straighten your knee"',
        ["faults.knee_bent.source: expected a value, the key is missing"],
    ),
    "a source is empty": (
        'warn = [155, 200]\nsource = "E"',
        'warn = [155, 200]\nsource = ""',
        ["measures.knee.source: expected at least 1 character, got ''"],
    ),
    "an unknown key": (
        'breath = "Breathe."',
        'breth = "Breathe."\nbreath = "Breathe."',
        ["breth: unknown key; remove it or correct its spelling"],
    ),
    "an unknown key deep within": (
        "for_s = 1.0",
        "for_s = 1.0\nhow_long = 2",
        ["faults.rounding.how_long: unknown key; remove it or correct its spelling"],
    ),
    "a hash of its own": (
        "version = 3",
        'version = 3\nsha256 = "abc"',
        ["sha256: unknown key; remove it; formcheck computes it on loading"],
    ),
    "text for a number": ("version = 3", 'version = "3"', ["version: expected a whole number, got '3'"]),
    "a broken number": ("version = 3", "version = 2.5", ["version: expected a whole number, got '2.5'"]),
    "a number for text": ('breath = "Breathe."', "breath = 5", ["breath: expected a string, got '5'"]),
    "a number for a list": ('steps = ["Bow.", "Come up."]', "steps = 3", ["steps: expected a list, got '3'"]),
    "an empty list": ('steps = ["Bow.", "Come up."]', "steps = []", ["steps: expected at least 1 item, got '[]'"]),
    "a lesson that is too long to listen to": (
        KNEE,
        f'[teach]\ncamera = "Here."\nhow = "{"Bow " * 50}"\nfeel = "Your back."\nstop = "If it hurts."\n\n{KNEE}',
        ["teach: expected at most 46 words in all, got 56; they are spoken"],
    ),
    "an answer without a lead": (
        KNEE,
        f'[[questions]]\ncannot_see = "x"\nask = "How?"\nanswers = ["Well", "Badly"]\nleads = ["on"]\n\n{KNEE}',
        ["questions.0: expected one lead for each of 2 answers, got 1"],
    ),
    "a later schema": ("schema_version = 1", "schema_version = 2", ["schema_version: expected 1, got '2'"]),
    "an unknown posture": (
        'posture = "standing"',
        'posture = "hanging"',
        ["posture: expected 'standing', 'sitting', 'all_fours', 'prone', 'supine' or 'kneeling', got 'hanging'"],
    ),
    "an unknown severity": (
        'severity = "adjust"',
        'severity = "terrible"',
        ["faults.knee_bent.severity: expected 'info', 'adjust', 'fix' or 'stop', got 'terrible'"],
    ),
    "an id with a blank": (
        'id = "knee_bent"',
        'id = "Knee bent"',
        ["faults.Knee bent.id: expected small letters, digits and _, beginning with a letter, got 'Knee bent'"],
    ),
    "an unknown signal in a measure": (
        'signal = "knee_near_deg"\nunit',
        'signal = "knee_angle"\nunit',
        [f"measures.knee.signal: {UNKNOWN}"],
    ),
    "an unknown signal in a condition": (
        BENT,
        BENT.replace("knee_near_deg", "knee_angle"),
        [f"faults.knee_bent.when.0.signal: {UNKNOWN}"],
    ),
    "an unknown signal in the drive": (
        'kind = "reach"\nsignal = "trunk_inclination_deg"',
        'kind = "reach"\nsignal = "knee_angle"',
        [f"drive.signal: {UNKNOWN}"],
    ),
    "a wrong unit": (
        'unit = "deg"',
        'unit = "pct"',
        ["measures.knee.unit: expected 'deg', the unit of knee_near_deg, got 'pct'"],
    ),
    "a fallback in another unit": (
        "departs = 8.0",
        'fallback = "hip_drift_tl"\ndeparts = 8.0',
        ["drive.fallback: expected a signal in 'deg', as trunk_inclination_deg, got 'hip_drift_tl'"],
    ),
    "a strong signal in another unit": (
        'unit = "deg"',
        'unit = "deg"\nstrong_signal = "back_curve_pct"',
        ["measures.knee.strong_signal: expected a signal in 'deg', got 'back_curve_pct'"],
    ),
    "a band upside down": (
        "target = [165, 190]",
        "target = [190, 165]",
        ["measures.knee.target: expected [lower, upper], got [190, 165], which is in the wrong order"],
    ),
    "a warn band inside the target": (
        "warn = [155, 200]",
        "warn = [170, 180]",
        ["measures.knee.warn: expected a band around the target [165, 190], got [170, 180]"],
    ),
    "a warn band without a target": (
        "target = [165, 190]\n",
        "",
        ["measures.knee.warn: expected a 'target' band too, got none"],
    ),
    "a band with one end": (
        "target = [165, 190]",
        "target = [165]",
        ["measures.knee.target: expected at least 2 items, got '[165]'"],
    ),
    "a band that ends in a word": (
        "target = [165, 190]",
        'target = [165, "up"]',
        ["measures.knee.target.1: expected a number or 'open', got 'up'"],
    ),
    "a band that ends in no number": (
        "target = [165, 190]",
        "target = [165, nan]",
        ["measures.knee.target.1: expected a number or 'open', got nan"],
    ),
    "an infinite limit": (
        "below = 155.0",
        "below = inf",
        ["faults.knee_bent.when.0.below: expected a finite number, got 'inf'"],
    ),
    "both above and below": (
        "below = 155.0",
        "below = 155.0, above = 100.0",
        ["faults.knee_bent.when.0: expected exactly one of 'above' and 'below', got both"],
    ),
    "neither above nor below": (
        "below = 155.0, ",
        "",
        ["faults.knee_bent.when.0: expected exactly one of 'above' and 'below', got none"],
    ),
    "clear on the wrong side of below": (
        "clear = 165.0",
        "clear = 150.0",
        ["faults.knee_bent.when.0.clear: expected at least 155, the limit ('below'), towards the target; got 150"],
    ),
    "clear on the wrong side of above": (
        "clear = 25.0",
        "clear = 45.0",
        ["faults.rounding.when.0.clear: expected at most 40, the limit ('above'), towards the target; got 45"],
    ),
    "a condition of another group": (
        ROUND,
        ROUND + '\nor_when = [[{ signal = "back_curve_pct", above = 9.0, clear = 10.0 }]]',
        ["faults.rounding.or_when.0.0.clear: expected at most 9, the limit ('above'), towards the target; got 10"],
    ),
    "a phase that is never reached by a fault": (
        'phases = ["move", "hold"]',
        'phases = ["low", "hold"]',
        ["faults.rounding.phases: expected of setup, move, hold, return for kind 'reach'; 'low' is never reached"],
    ),
    "a phase that is never reached by a measure": (
        "warn = [155, 200]",
        'warn = [155, 200]\nphases = ["rest"]',
        ["measures.knee.phases: expected of setup, move, hold, return for kind 'reach'; 'rest' is never reached"],
    ),
    "an id twice": ('id = "rounding"', 'id = "knee_bent"', ["faults: expected each id once, got 'knee_bent' 2 times"]),
    "an id that a shared fault has": (
        'id = "rounding"',
        'id = "too_fast"',
        ["faults: expected each id once, got 'too_fast' 2 times"],
    ),
    "a fault called as a measure": (
        'id = "knee_bent"',
        'id = "knee"',
        ["faults.knee.id: expected a unique id, got the id of a measure"],
    ),
    "an unknown shared fault": (
        'shared = ["too_fast"]',
        'shared = ["too_slow"]',
        [f"shared: unknown fault 'too_slow'; expected of {SHARED}"],
    ),
    "shared faults that are no names": (
        'shared = ["too_fast"]',
        "shared = [{ id = 1 }]",
        ["shared.0: expected a string, got \"{'id': 1}\""],
    ),
    "shared faults that are no list": (
        'shared = ["too_fast"]',
        'shared = "too_fast"',
        ["shared: expected a list, got 'too_fast'"],
    ),
    "an unknown main measure": (
        'main = "knee"',
        'main = "back"',
        ["main: expected of knee, the measures of this file, got 'back'"],
    ),
    "an unknown essential measure": (
        'main = "knee"',
        'main = "knee"\nessential = ["knee", "back"]',
        ["essential: expected of knee, the measures of this file, got 'back'"],
    ),
    "a cue with too many words": (
        'cue = "Straighten your knee"',
        'cue = "Please do be so kind as to straighten it"',
        ["faults.knee_bent.cue: expected at most 8 words, got 9: 'Please do be so kind as to straighten it'"],
    ),
    "a cue that is too long": (
        'cue = "Straighten your knee"',
        f'cue = "{"x" * 61}"',
        [f"faults.knee_bent.cue: expected at most 60 characters, got '{'x' * 57}...'"],
    ),
    "a time that is too long": (
        "for_s = 1.0",
        "for_s = 11.0",
        ["faults.rounding.for_s: expected less than or equal to 10, got '11.0'"],
    ),
    "a pose without its posture": (
        'kind = "reach"',
        'kind = "pose"',
        [
            "faults.too_fast.phases: expected of setup, hold for kind 'pose'; 'move' is never reached",
            "faults.too_fast.phases: expected of setup, hold for kind 'pose'; 'return' is never reached",
            "faults.rounding.phases: expected of setup, hold for kind 'pose'; 'move' is never reached",
            "drive.hold_when: expected the posture in which the clock runs, got none; kind 'pose' needs it",
        ],
    ),
    "a hold of a cycle": (
        'kind = "reach"',
        'kind = "cycle"',
        [
            "measures.knee.phases: expected of setup, low, high for kind 'cycle'; 'hold' is never reached",
            "faults.knee_bent.phases: expected of setup, low, high for kind 'cycle'; 'hold' is never reached",
            *(
                f"faults.{name}.phases: expected of setup, low, high for kind 'cycle'; {phase!r} is never reached"
                for name, phase in [
                    ("rounding", "move"),
                    ("rounding", "hold"),
                    ("too_fast", "move"),
                    ("too_fast", "hold"),
                    ("too_fast", "return"),
                ]
            ),
            "dose.hold_s: expected none, a cycle has no hold",
        ],
    ),
    "an unknown kind of drive": (
        'kind = "reach"',
        'kind = "jump"',
        ["drive.kind: expected 'reach', 'cycle', 'pose' or 'rhythm', got 'jump'"],
    ),
    "a drive that is never far enough": (
        "least = 20.0",
        "least = 0.0",
        ["drive.least: expected a distance other than 0, got 0"],
    ),
    "a least hold beyond the hold": (
        "hold_s = 20",
        "hold_s = 20\nleast_hold_s = 30",
        ["dose.least_hold_s: expected at most hold_s = 20, got 30"],
    ),
    "the working side where none works": (
        BENT,
        BENT.replace("near", "working"),
        ["faults.knee_bent.when.0.signal: expected dose.each_side = true for knee_working_deg; else use near and far"],
    ),
    "the camera at the working side where none works": (
        'near = "either"',
        'near = "working"',
        ["view.near: expected 'either', got 'working'; dose.each_side is not true"],
    ),
    "a drive made of itself": (
        'kind = "reach"\nsignal = "trunk_inclination_deg"',
        'kind = "reach"\nsignal = "bounce_deg"',
        ["drive.signal: expected a measurement, got 'bounce_deg', which is computed from the drive signal"],
    ),
    "a range of a speed": (
        BENT,
        'when = [{ signal = "speed_deg_per_s", above = 60.0, reduce = "range" }]',
        ["faults.knee_bent.when.0.reduce: expected none; speed_deg_per_s is computed from the movement over time"],
    ),
    "a change in a posture": (
        'when = [{ signal = "trunk_inclination_deg", below = 20.0 }]',
        'when = [{ signal = "trunk_inclination_deg", below = 20.0, change = true }]',
        ["start.when.0.change: expected none; a posture is described by its plain values"],
    ),
    "a speed in a posture": (
        'when = [{ signal = "trunk_inclination_deg", below = 20.0 }]',
        'when = [{ signal = "hold_s", below = 20.0 }]',
        ["start.when.0.signal: expected a measurement, got 'hold_s', which a single posture does not have"],
    ),
    "a subject known by a range": (
        'shared = ["too_fast"]',
        'shared = ["too_fast"]\nsubject = [{ signal = "knee_near_deg", above = 1.0, reduce = "max" }]',
        ["subject.0.reduce: expected none; a posture is described by its plain values"],
    ),
}


def problems_of(text):
    with pytest.raises(MovementFileError) as raised:
        parse_movement(text if isinstance(text, bytes) else text.encode(), "bow.toml")
    return raised.value.problems


def test_the_file_that_is_broken_below_is_right(movement_file):
    bow = parse_movement(movement_file.encode(), "bow.toml")
    assert (bow.id, bow.version) == ("bow", 3)
    assert [f.id for f in bow.faults] == ["knee_bent", "rounding", "too_fast"]
    assert len(bow.sha256) == 64


@pytest.mark.parametrize(("old", "new", "problems"), [pytest.param(*case, id=name) for name, case in BROKEN.items()])
def test_one_problem_gives_its_line_and_no_other(movement_file, old, new, problems):
    assert old in movement_file
    assert sorted(problems_of(movement_file.replace(old, new, 1))) == sorted(problems)


def test_all_problems_are_reported_in_one_go(movement_file):
    text = movement_file
    for name in (
        "text for a number",
        "a band upside down",
        "clear on the wrong side of above",
        "a cue with too many words",
        "an unknown main measure",
        "an unknown shared fault",
        "a key is missing",
        "the working side where none works",
    ):
        text = text.replace(*BROKEN[name][:2], 1)
    found = problems_of(text)
    assert len(found) == 8
    for name in ("text for a number", "a band upside down", "a cue with too many words", "a key is missing"):
        assert BROKEN[name][2][0] in found


def test_a_fault_without_an_id_is_called_by_its_number(movement_file):
    assert problems_of(movement_file.replace('id = "knee_bent"\n', "")) == [
        "faults.0.id: expected a value, the key is missing"
    ]


def test_wrong_types_everywhere_are_reported_not_raised(movement_file):
    """Tables where lists should be and the other way round: the checks of contradictions pass over them."""
    head = movement_file.split("[sources]")[0]
    text = head + (
        "sources = 1\nview = 2\nstart = [3]\ndrive = 4\ndose = 'x'\nmeasures = [5]\n"
        "faults = [6, {id = 7, when = 8, or_when = 9, phases = 1}]"
    )
    found = problems_of(text)
    assert all(": expected " in line for line in found)
    assert {line.split(":")[0] for line in found} >= {
        "sources",
        "view",
        "start",
        "drive",
        "dose",
        "measures",
        "faults.0",
        "faults.1.id",
    }


def test_measures_that_are_no_tables_are_reported(movement_file):
    found = problems_of(movement_file.replace("[measures.knee]", "[measures]\nother = 3\n[measures.knee]"))
    assert found == ["measures.other: expected a table, got '3'"]


def test_an_empty_file_misses_everything_that_is_asked_for(movement_file):
    found = problems_of("")
    assert "drive: expected a value, the key is missing" in found
    assert all(line.endswith("expected a value, the key is missing") for line in found)
    assert len(found) == 20


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\xff", "expected UTF-8 text in TOML, got binary data", id="a picture"),
        pytest.param(b"name: Bow\nsteps:\n - a", "expected TOML, got a syntax error: ", id="YAML"),
        pytest.param(b'{"name": "Bow"}', "expected TOML, got a syntax error: ", id="JSON"),
        pytest.param(b"a = 1\na = 2", "expected TOML, got a syntax error: ", id="a key twice"),
        pytest.param(b"a = " + b"[" * 5000, "expected TOML, got a syntax error: ", id="too many nested brackets"),
    ],
)
def test_what_is_no_toml(content, problem):
    (found,) = problems_of(content)
    assert found.startswith(problem)


def test_the_error_lists_the_problems_under_the_files_name(movement_file):
    with pytest.raises(MovementFileError) as raised:
        parse_movement(movement_file.replace('name = "Bow"\n', "").encode(), "mine.toml")
    assert str(raised.value) == "mine.toml: 1 problem\n  name: expected a value, the key is missing"
    assert str(MovementFileError("mine.toml", ["a", "b"])) == "mine.toml: 2 problems\n  a\n  b"


# Files ----------------------------------------------------------------------------------------------------------------


def test_a_file_of_ones_own(tmp_path, movement_file):
    path = tmp_path / "bow.toml"
    path.write_text(movement_file, "utf-8")
    assert load_movement(path) == load_movement(str(path)) == parse_movement(movement_file.encode(), "bow.toml")


def test_the_hash_tells_files_apart(movement_file):
    one, two = (parse_movement(text.encode(), "x").sha256 for text in (movement_file, movement_file + "\n"))
    assert one != two


def test_an_error_is_named_after_the_file_as_it_is_called(tmp_path):
    path = tmp_path / "bow.txt"
    path.write_text("?", "utf-8")
    with pytest.raises(MovementFileError, match=r"^bow\.txt: 1 problem"):
        load_movement(path)


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "huge.toml"
    path.write_bytes(b"#" * 2_000_000)
    with pytest.raises(MovementFileError, match=r"expected at most 200 kB, got 2000 kB; a movement file is text"):
        load_movement(path)
    path.write_bytes(b"#" * MAX_FILE_BYTES)
    with pytest.raises(MovementFileError, match="the key is missing"):
        load_movement(path)


def test_a_missing_file_and_an_unknown_id(tmp_path):
    with pytest.raises(
        MovementFileError, match=r"none\.toml: 1 problem\n  expected a readable file, got: No such file"
    ):
        load_movement(tmp_path / "none.toml")
    with pytest.raises(
        MovementFileError, match=r"expected a movement id or a \.toml file; known ids: bird_dog, cat_cow, "
    ):
        load_movement("no_such_movement")
    with pytest.raises(MovementFileError, match=r"expected a readable file, got: Is a directory"):
        load_movement(tmp_path)


def test_the_catalogue_lists_movements_without_the_shared_faults():
    assert "plank" in catalogue()
    assert not any(name.startswith("_") for name in catalogue())
    assert load_movement("plank") == parse_movement(read_movement_bytes("plank"), "plank.toml")


def test_unknown_faults_are_no_part_of_a_movement():
    with pytest.raises(KeyError, match="no_such_fault"):
        load_movement("plank").fault("no_such_fault")


def test_what_is_not_recognised_is_measured_and_not_judged():
    movement = load_unrecognised()
    assert (movement.id, [spec.target for spec in movement.measures.values()]) == ("unrecognised", [None])
    assert (movement.dose.hold_s, [fault.severity for fault in movement.faults]) == (None, ["info"])


# Several files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def check(tmp_path, movement_file):
    """Return a function that writes files, in each one text for another, and returns the problems of each name."""

    def run(**changes):
        paths = [tmp_path / f"{name}.toml" for name in changes]
        for path, (old, new) in zip(paths, changes.values(), strict=True):
            assert old in movement_file
            path.write_text(movement_file.replace(old, new, 1), "utf-8")
        return {one.name: one.problems for one in check_files([*paths, *paths])}

    return run


ID = 'id = "bow"'


def test_each_file_has_its_movement_or_its_problems(tmp_path, movement_file):
    good, bad, none = (tmp_path / name for name in ("good.toml", "bad.toml", "none.toml"))
    good.write_text(movement_file, "utf-8")
    bad.write_text(movement_file.replace("version = 3", 'version = "3"').replace('"bow"', '"nod"'), "utf-8")
    first, second, third = check_files([good, bad, none])
    assert first == ("good.toml", parse_movement(movement_file.encode(), "good.toml"), [])
    assert second == ("bad.toml", None, ["version: expected a whole number, got '3'"])
    assert third.movement is None
    assert third.problems == ["expected a readable file, got: No such file or directory; check the path"]


def test_files_given_together_have_different_ids(check):
    assert check(a=("", ""), b=("", "")) == {
        "a.toml": [],
        "b.toml": ["id: expected a unique id, got 'bow', which a.toml uses too"],
    }
    no_id = ["id: expected a string, got '3'"]
    assert check(a=(ID, "id = 3"), b=(ID, "id = 3")) == {"a.toml": no_id, "b.toml": no_id}


def test_an_id_of_the_catalogue_is_for_its_own_file(tmp_path, check):
    taken = "id: expected a unique id, got 'plank', which a movement of the catalogue uses"
    assert check(a=(ID, 'id = "plank"')) == {"a.toml": [taken]}
    copy = tmp_path / "copy.toml"
    copy.write_bytes(read_movement_bytes("plank"))
    assert [one.problems for one in check_files([copy, "plank"])] == [[], []]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", ""),
        ("A bow against the wall.", ""),
        ("plank", ""),
        ("slow_nod", ""),
        ("bow", "swap: expected another movement, got 'bow', the id of this one"),
        ("no_such_nod", "swap: expected plain words or an id of bird_dog, bow, cat_cow, "),
    ],
)
def test_a_swap_is_another_movement_or_words(check, words, problem):
    found = check(a=(ID, f'{ID}\nswap = "{words}"'), b=(ID, 'id = "slow_nod"\nswap = "plank"'))
    assert [line[: len(problem)] for line in found["a.toml"]] == [problem] * bool(problem)
    assert found["b.toml"] == []


def test_own_files_are_checked_together(movement_file):
    nod = movement_file.replace(ID, f'{ID[:-4]}nod"\nswap = "bow"')
    contents = {"bow.toml": movement_file, "nod.toml": nod, "again.toml": movement_file, "no.toml": "]"}
    found = {one.name: one for one in check_own_files({name: text.encode() for name, text in contents.items()})}
    assert [found[name].movement.id for name in ("bow.toml", "nod.toml")] == ["bow", "nod"]
    assert found["again.toml"] == (
        "again.toml", None, ["id: expected a unique id, got 'bow', which bow.toml uses too"],
    )  # fmt: skip
    assert found["no.toml"].problems[0].startswith("expected TOML, got a syntax error")


@pytest.mark.parametrize("content", [read_movement_bytes("plank"), read_movement_bytes("plank") + b"# mine"])
def test_an_own_file_never_takes_a_shipped_id(content):
    taken = "id: expected a unique id, got 'plank', which a movement of the catalogue uses"
    assert check_own_files({"plank.toml": content}) == [("plank.toml", None, [taken])]


def test_no_own_movement_is_called_auto(movement_file):
    (one,) = check_own_files({"a.toml": movement_file.replace(ID, 'id = "auto"').encode()})
    assert one.problems == ["id: expected a unique id, got 'auto', which asks for the movement to be found"]


# Signals --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*MEASUREMENT_NAMES, *MOTION_SIGNALS, "knee_near_deg", "knee_far_deg", "knee_working_deg", "knee_other_deg"]
)
def test_signals_and_their_units(name):
    assert is_signal(name)
    assert find_unit(name) in ("deg", "pct", "tl", "s", "deg_per_s", "per_min", "n")


@pytest.mark.parametrize("name", ["", "knee_deg", "knee_upper_deg", "trunk_near_inclination_deg"])
def test_what_is_no_signal(name):
    assert not is_signal(name)


def test_a_name_without_a_unit_has_none():
    assert find_unit("knee") == ""


@pytest.mark.parametrize(
    ("signal", "left_works", "right_works"),
    [
        ("knee_working_deg", "knee_left_deg", "knee_right_deg"),
        ("knee_other_deg", "knee_right_deg", "knee_left_deg"),
        ("knee_near_deg", "knee_left_deg", "knee_right_deg"),
        ("knee_far_deg", "knee_right_deg", "knee_left_deg"),
        ("knee_left_deg", "knee_left_deg", "knee_left_deg"),
        ("hip_drift_tl", "hip_drift_tl", "hip_drift_tl"),
    ],
)
def test_roles_are_filled_in_and_swap_with_the_side(signal, left_works, right_works):
    assert resolve(signal, working="left", near="left") == left_works
    assert resolve(signal, working="right", near="right") == right_works
    unknown = resolve(signal, working=None, near=None)
    assert unknown == (signal if left_works == right_works else None)

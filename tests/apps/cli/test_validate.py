"""`formcheck movements validate`: broken files, each reported with its place, all at once, without a hang."""

import os
import re
import sys
import time

import pytest

from formcheck.apps.cli import commands
from formcheck.core.movement.load import check_files, read_movement_bytes

FILE = """\
schema_version = 1
id = "bow"
version = 3
name = "Bow"
about = "A bow for tests."
steps = ["Bow.", "Come up."]
confidence = "A"
posture = "standing"
spine_rule = "neutral_hold"
main = "knee"
breath = "Breathe."
easier = "Bow less."
swap = "plank"
shared = ["too_fast"]
stop_if = ["Pain"]
sources = { E = "engineering judgement" }
view = { camera = "side", near = "either", text = "Side-on." }

[start]
text = "Standing tall."
when = [{ signal = "trunk_inclination_deg", below = 20.0 }]
source = "E"

[drive]
kind = "reach"
signal = "trunk_inclination_deg"
departs = 8.0
least = 20.0
source = "E"

[dose]
hold_s = 20
source = "E"

[measures.knee]
name = "Knee"
signal = "knee_near_deg"
unit = "deg"
target = [165, 190]
warn = [155, 200]
source = "E"

[[faults]]
id = "knee_bent"
seen = "the knee bending"
when = [{ signal = "knee_near_deg", below = 155.0, clear = 165.0 }]
severity = "adjust"
cue = "Straighten your knee"
source = "E: below 155 deg"

[[faults]]
id = "rounding"
seen = "the back rounding"
when = [{ signal = "back_bend_deg", above = 40.0, clear = 25.0 }]
phases = ["move", "hold"]
for_s = 1.0
severity = "fix"
cue = "Keep your back long"
source = "E"
"""

START = 'when = [{ signal = "trunk_inclination_deg", below = 20.0 }]'
BENT = 'when = [{ signal = "knee_near_deg", below = 155.0, clear = 165.0 }]'
NO_KNEE = '[{ signal = "knee_near_deg", above = 170.0 }, { signal = "knee_near_deg", below = 150.0 }]'
POSE = f'kind = "pose"\nhold_when = {NO_KNEE}'
HUGE = "9" * 400
UTF8 = "expected UTF-8 text in TOML, got"

AVOID = "[avoid_if]\n{}\n\n[start]\ntext"
BROKEN = {
    "an unknown answer in avoid_if": (
        "[start]\ntext",
        AVOID.format('leg_pain = { offer = "closed", source = "E" }'),
        "avoid_if.leg_pain: expected 'radiating_signs', 'lasting_pain'",
    ),
    "an unknown offer in avoid_if": (
        "[start]\ntext",
        AVOID.format('sore_today = { offer = "hidden", source = "E" }'),
        "avoid_if.sore_today.offer: expected 'closed' or 'softened', got 'hidden'",
    ),
    "an answer without a source": (
        "[start]\ntext",
        AVOID.format('sore_today = { offer = "closed" }'),
        "avoid_if.sore_today.source: expected a value, the key is missing",
    ),
    "an answer with an unnamed source": (
        "[start]\ntext",
        AVOID.format('sore_today = { offer = "closed", source = "S001" }'),
        "avoid_if.sore_today.source: expected sources named under [sources], got 'S001'",
    ),
    "a wrong unit": (
        'unit = "deg"',
        'unit = "tl"',
        "measures.knee.unit: expected 'deg', the unit of knee_near_deg, got 'tl'",
    ),
    "an unknown landmark": (
        '"knee_near_deg"\nunit',
        '"spine_near_deg"\nunit',
        "measures.knee.signal: unknown signal 'spine_near_deg'; expected a",
    ),
    "an unknown signal in a fault": (
        '"back_bend_deg"',
        '"back_deg"',
        "faults.rounding.when.0.signal: unknown signal 'back_deg'; expected a",
    ),
    "a phase the drive never enters": (
        'phases = ["move", "hold"]',
        'phases = ["high"]',
        "faults.rounding.phases: expected of setup, move, hold, return for kind 'reach'; 'high' is never reached",
    ),
    "no phase at all": (
        'phases = ["move", "hold"]',
        "phases = []",
        "faults.rounding.phases: expected at least one of setup, move, hold, return, got none",
    ),
    "a posture that excludes itself": (
        START,
        'when = [{ signal = "knee_near_deg", above = 160.0 }, { signal = "knee_near_deg", below = 90.0 }]',
        "start.when: expected a possible range, got knee_near_deg above 160 and below 90",
    ),
    "a clock that never runs": (
        'kind = "reach"',
        POSE,
        "drive.hold_when: expected a possible range, got knee_near_deg above 170 and below 150",
    ),
    "a subject nobody is": (
        'stop_if = ["Pain"]',
        f'stop_if = ["Pain"]\nsubject = {NO_KNEE}',
        "subject: expected a possible range, got knee_near_deg above 170 and below 150",
    ),
    "a fault that excludes itself": (
        BENT,
        'when = [{ signal = "knee_near_deg", below = 120.0 }, { signal = "knee_near_deg", above = 140.0 }]',
        "faults.knee_bent.when: expected a possible range, got knee_near_deg above 140 and below 120",
    ),
    "a limit no knee passes": (
        BENT,
        'when = [{ signal = "knee_near_deg", above = 188.0 }]',
        "faults.knee_bent.when.0.above: expected a limit that the signal can pass, got 188; knee_near_deg is 0 to 180",
    ),
    "a limit no time passes": (
        BENT,
        'when = [{ signal = "hold_s", below = -3.0 }]',
        "faults.knee_bent.when.0.below: expected a limit that the signal can pass, got -3; hold_s is 0 to any",
    ),
    "a distance that is out of reach": (
        "least = 20.0",
        "least = 200.0",
        "drive.least: expected a distance that can be reached, got 200 from 0; trunk_inclination_deg is never 200",
    ),
    "a departure beyond the distance": (
        "departs = 8.0",
        "departs = 30.0",
        "drive.departs: expected at most least = 20, got 30",
    ),
    "a drive that never settles": (
        "departs = 8.0",
        "departs = 8.0\nsettle_deg_per_s = 0.0",
        "drive.settle_deg_per_s: expected more than 0, got 0",
    ),
    "a hold that ends at once": (
        "departs = 8.0",
        "departs = 8.0\nleaves = -6.0",
        "drive.leaves: expected more than 0, got -6",
    ),
    "a start outside its posture": (
        'text = "Standing tall."',
        'text = "Standing tall."\nnominal = 60.0',
        "start.nominal: expected a value of the start posture, got 60; start.when.0 requires trunk_inclination_deg",
    ),
    "a hold in a cycle": ('kind = "reach"', 'kind = "cycle"', "dose.hold_s: expected none, a cycle has no hold"),
    "a band upside down": (
        "target = [165, 190]",
        "target = [190, 165]",
        "measures.knee.target: expected [lower, upper], got [190, 165], which is in the wrong order",
    ),
    "warn inside target": (
        "warn = [155, 200]",
        "warn = [170, 180]",
        "measures.knee.warn: expected a band around the target [165, 190], got [170, 180]",
    ),
    "no source": ('source = "E: below 155 deg"\n', "", "faults.knee_bent.source: expected a value, the key is missing"),
    "a source that is not named": (
        'source = "E: below 155 deg"',
        'source = "S001, P30: straight; below 155 deg [E]"',
        "faults.knee_bent.source: expected sources named under [sources], got 'P30'; name it there",
    ),
    "a source that cites nothing": (
        'source = "E: below 155 deg"',
        'source = "my own idea"',
        "faults.knee_bent.source: expected one of E, the tags under [sources], got 'my own idea'",
    ),
    "an id twice": ('id = "rounding"', 'id = "knee_bent"', "faults: expected each id once, got 'knee_bent' 2 times"),
    "an include": (
        "version = 3",
        'version = 3\ninclude = "bow.toml"',
        "include: unknown key; a movement file cannot include another: write it here, or name faults in `shared`",
    ),
    "an unknown key": (
        "for_s = 1.0",
        "for_s = 1.0\nhow_long = 2",
        "faults.rounding.how_long: unknown key; remove it or correct its spelling",
    ),
    "a cue too long": (
        '"Keep your back long"',
        '"Please keep your back as long as you ever can"',
        "faults.rounding.cue: expected at most 8 words, got 10: 'Please keep your back as long as you ever can'",
    ),
    "a promise": (
        'about = "A bow for tests."',
        'about = "A bow that relieves sciatica."',
        "about: expected words that neither promise nor threaten, got 'relieves sciatica'; say what is seen",
    ),
    "a threat in a cue": (
        '"Keep your back long"',
        '"Stop, slipped disc"',
        "faults.rounding.cue: expected words that neither promise nor threaten, got 'slipped disc'; say what is seen",
    ),
    "a diagnosis in a list": (
        'steps = ["Bow.", "Come up."]',
        'steps = ["Bow.", "We diagnose you."]',
        "steps.1: expected words that neither promise nor threaten, got 'diagnose'; say what is seen",
    ),
    "an unknown severity": (
        'severity = "fix"',
        'severity = "deadly"',
        "faults.rounding.severity: expected 'info', 'adjust', 'fix' or 'stop', got 'deadly'",
    ),
    "negative seconds": (
        "for_s = 1.0",
        "for_s = -1.0",
        "faults.rounding.for_s: expected greater than or equal to 0, got '-1.0'",
    ),
    "a negative hold": ("hold_s = 20", "hold_s = -20", "dose.hold_s: expected greater than 0, got '-20'"),
    "no number": ("above = 40.0", "above = nan", "faults.rounding.when.0.above: expected a finite number, got 'nan'"),
    "an endless number": ("least = 20.0", "least = inf", "drive.least: expected a finite number, got 'inf'"),
    "a number that overflows": (
        "above = 40.0",
        f"above = {HUGE}",
        "faults.rounding.when.0.above: expected a finite number, got 'inf'",
    ),
    "a band that overflows": (
        "[165, 190]",
        f"[165, {HUGE}]",
        "measures.knee.target.1: expected a number or 'open', got inf",
    ),
    "a number of 5000 digits": (
        "version = 3",
        f"version = {'9' * 5000}",
        "expected shorter numbers, got one of over 4300 digits",
    ),
    "a swap that is not an id": (
        'swap = "plank"',
        'swap = "no_such_movement"',
        "swap: expected plain words or an id of bird_dog, bow, cat_cow, ",
    ),
    "a swap for itself": (
        'swap = "plank"',
        'swap = "bow"',
        "swap: expected another movement, got 'bow', the id of this one",
    ),
    "an id of the catalogue": (
        'id = "bow"',
        'id = "cat_cow"',
        "id: expected a unique id, got 'cat_cow', which a movement of the catalogue uses",
    ),
    "lists in lists": (
        'steps = ["Bow.", "Come up."]',
        f"steps = {'[' * 300}{']' * 300}",
        "expected at most 20 levels of lists and tables, got more",
    ),
    "tables in tables": (
        "[dose]",
        f"[dose{'.a' * 20_000}]",
        "expected keys of at most 20 parts, got more (at line 31)",
    ),
}

NO_TEXT = {
    "nothing": (b"", "drive: expected a value, the key is missing"),
    "a picture": (b"\x89PNG\r\n\x1a\n\xff\xfe", f"{UTF8} binary data"),
    "zeros": (bytes(1000), f"{UTF8} "),
    "UTF-16": (FILE.encode("utf-16"), f"{UTF8} UTF-16 text; save it as UTF-8"),
    "UTF-16 without its mark": (FILE.encode("utf-16-le"), f"{UTF8} UTF-16 text; save it as UTF-8"),
    "YAML": (b"name: Bow\nsteps:\n - a", "expected TOML, got a syntax error: "),
    "two megabytes": (b"#" * 2_000_000, "expected at most 200 kB, got 2000 kB; a movement file is text"),
    "brackets without end": (
        b"a = " + b"[" * 100_000,
        "expected TOML, got a syntax error: too many nested brackets",
    ),
    "dots without end": (b"a." * 90_000, "expected keys of at most 20 parts, got more (at line 1)"),
}


@pytest.fixture
def validate(monkeypatch, capsys):
    """Return a function that runs the command on files and returns exit code, what was good and what was not."""

    def run(*files):
        monkeypatch.setattr(sys, "argv", ["formcheck", "movements", "validate", *map(str, files)])
        start_s = time.process_time()
        with pytest.raises(SystemExit) as ended:
            commands.main()
        assert time.process_time() - start_s < 5
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return ended.value.code, said.out, said.err

    return run


@pytest.fixture
def bow(tmp_path):
    """Return a function that writes the file with something exchanged."""

    def write(*changes, name="mine.toml"):
        text = FILE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_file_that_is_broken_below_is_good(validate, bow):
    assert validate(bow()) == (0, "mine.toml: good (Bow, 1 measures, 3 faults)\n", "")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""], ids=["a mark", "no mark"])
def test_a_file_from_another_editor_is_good(validate, tmp_path, mark):
    path = tmp_path / "mine.toml"
    path.write_bytes(mark + FILE.replace("\n", "\r\n").encode())
    assert validate(path)[0] == 0


@pytest.mark.parametrize(("old", "new", "told"), [pytest.param(*case, id=name) for name, case in BROKEN.items()])
def test_a_broken_file_is_reported_with_place_and_words(validate, bow, old, new, told):
    code, good, bad = validate(bow((old, new)))
    assert (code, good) == (2, "")
    assert re.match(r"mine\.toml: \d+ problems?\n  ", bad)
    assert f"  {told}" in bad


@pytest.mark.parametrize(("content", "told"), [pytest.param(*case, id=name) for name, case in NO_TEXT.items()])
def test_what_is_not_a_movement_file_is_reported(validate, tmp_path, content, told):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    code, good, bad = validate(path)
    assert (code, good) == (2, "")
    assert f"  {told}" in bad


def test_what_is_no_file_does_not_hang(validate, tmp_path):
    loop, pipe = tmp_path / "loop.toml", tmp_path / "pipe.toml"
    loop.symlink_to(loop)
    os.mkfifo(pipe)  # a reader waits until a writer opens it
    code, _, bad = validate(loop, pipe, "/dev/zero", tmp_path, tmp_path / "none.toml", "x" * 5000, "no_such_id")
    assert code == 2
    for told in ("levels of symbolic links", "a pipe or socket", "a device", "Is a directory", "No such file"):
        assert f"got: {told}" in bad.replace("Too many ", "")
    assert bad.count("expected a movement id or a .toml file; known ids: ") == 2


def test_ten_mistakes_are_reported_at_once(validate, bow):
    ten = (
        "a wrong unit", "warn inside target", "an unknown signal in a fault", "a cue too long", "an include",
        "a posture that excludes itself", "a source that is not named", "negative seconds", "a swap that is not an id",
        "a promise",
    )  # fmt: skip
    code, _, bad = validate(bow(*(BROKEN[name][:2] for name in ten)))
    assert code == 2
    for name in ten:
        assert f"  {BROKEN[name][2]}" in bad
    assert bad.startswith("mine.toml: 11 problems")  # the source that is not named is two: S001 and P30


def test_the_good_ones_are_named_beside_the_bad(validate, bow):
    code, good, bad = validate(
        bow(name="a.toml"), bow(('id = "bow"', 'id = "nod"'), ("version = 3", "version = 0"), name="b.toml")
    )
    assert code == 2
    assert good.startswith("a.toml: good")
    assert bad == "b.toml: 1 problem\n  version: expected greater than or equal to 1, got '0'\n"


def test_two_files_of_one_id(validate, bow):
    code, good, bad = validate(bow(name="a.toml"), bow(name="b.toml"))
    assert (code, good) == (2, "a.toml: good (Bow, 1 measures, 3 faults)\n")
    assert bad == "b.toml: 1 problem\n  id: expected a unique id, got 'bow', which a.toml uses too\n"


def test_one_file_given_twice_is_checked_once(validate, bow):
    assert validate(bow(), bow())[:2] == (0, "mine.toml: good (Bow, 1 measures, 3 faults)\n")


def test_a_swap_may_be_given_together(validate, bow):
    nod = bow(('id = "bow"', 'id = "slow_nod"'), name="nod.toml")
    assert validate(bow(('swap = "plank"', 'swap = "slow_nod"')), nod)[0] == 0


def test_a_movement_of_the_catalogue_is_its_own(validate, tmp_path):
    path = tmp_path / "copy.toml"
    path.write_bytes(read_movement_bytes("plank"))
    assert validate(path, "plank")[0] == 0
    path.write_bytes(read_movement_bytes("plank") + b"# mine\n")
    assert "got 'plank', which a movement of the catalogue uses" in validate(path)[2]


@pytest.mark.parametrize(
    ("head", "rules", "told"),
    [
        ('place = "floor"\n', "", "avoid_if: expected floor_or_joint, because place is floor"),
        (
            'place = "floor"\n',
            'floor_or_joint = { offer = "softened", source = "E" }',
            "avoid_if.floor_or_joint.offer: expected 'closed', because place is floor, got 'softened'",
        ),
        ("advanced = true\n", "", "avoid_if: expected radiating_signs, because the movement is advanced"),
    ],
)
def test_a_file_with_avoid_if_names_what_follows_from_it(head, rules, told, tmp_path):
    text = FILE.replace("id = ", head + "id = ", 1).replace("[start]\ntext", AVOID.format(rules))
    path = tmp_path / "bow.toml"
    path.write_text(text, encoding="utf-8")
    (checked,) = check_files([path])
    assert any(told in problem for problem in checked.problems), checked.problems


def test_a_file_without_avoid_if_is_good(tmp_path):
    path = tmp_path / "bow.toml"
    path.write_text(FILE, encoding="utf-8")
    (checked,) = check_files([path])
    assert checked.problems == []
    assert {rule.offer for rule in checked.movement.avoided.values()} == {"closed"}

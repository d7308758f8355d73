"""What formcheck never says (catalogue 3.3): no threat, no promise, no praise of depth; cues of at most eight words.

It checks every string that a user of formcheck can see: the movement files, the strings of the code, pages,
scripts and style sheets, README and docs. Left out, and why:

- `core/movement/wording.py` and `apps/languages/check.py`: quote what is never said, to refuse texts that say it;
- keys of movement files that only machines read (ids, signals); sources are looked at, because the docs print them;
- CONTRIBUTING.md, CHANGELOG.md and docstrings: for those who work on formcheck, and about these very words.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from formcheck.core.camera import advice
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.program.screening import ADVICE, EMERGENCY, QUESTIONS, SESSION_QUESTIONS, STOP

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCE = CHECKOUT / "src" / "formcheck"
MOST_WORDS = 8
_BACK = r"(?:back|spine|posture|neck|position|form|stretch|movement|exercise)"

FORBIDDEN = {
    "safe or unsafe": rf"\b(?:un)?safe(?:ly|r|st)? (?:\w+ ){{0,2}}{_BACK}\b|\b{_BACK}s? (?:\w+ )?(?:is|are|looks?|was) "
    r"(?:\w+ )?(?:un)?safe\b|\bin danger\b|\bdangerous\b",
    "injury": r"\binjury risk|\brisks? of (?:an? )?injur|\b(?:prevent|avoid|reduce|cause)\w* (?:\w+ )?injur",
    "slipped disc": r"\bslipped dis[ck]s?\b|\bneutral[- ]zone\b",
    "disc pressure": r"\bdis[ck] pressure\b|\bpressure (?:\w+ )?(?:on|off|in|from) (?:the |your )?dis[ck]s?\b",
    "correct your spine": rf"\bcorrect(?:s|ed|ing)? (?:your|the) {_BACK}\b|"
    r"\b(?:re)?align(?:s|ed|ing)? (?:your|the) spine\b",
    "cure": r"\b(?:fix(?:es)?|reliev(?:es?|ing)|cur(?:es?|ing)|heals?|healing|treats?|eliminates?) (?:your |the |my )?"
    r"(?:low(?:er)? )?(?:back|pain|sciatica|spine|nerves?|disc|hernia\w*)\b",
    "relief": r"\bpain relief\b|\bsciatic(?:a| nerve)? relief\b|\blasting relief\b|\bpain[- ]free\b",
    "pelvic tilt in degrees": r"\bpelvic tilt(?: of| is|:)? ?[+-−]?\d+ ?(?:°|deg)",
    "muscle": r"\bmuscles? (?:is |are )?(?:not )?activat|"
    r"\bactivat\w* (?:your |the )?(?:\w+ )?(?:muscles?|glutes?|core|psoas)\b",
    "tight psoas": r"\b(?:tight|short|weak) psoas\b",
    "posture score": r"\b(?:good|bad|poor|perfect|wrong) posture\b|\bposture scores?\b",
    "validated": r"\bclinically (?:validated|proven|tested)\b|\bscientifically proven\b",
    "diagnose": r"\bdiagnos\w*",
    "depth": r"\b(?:deeper|further|farther)\b|\bno pain,? no gain\b|\b(?:push|stretch|pull) harder\b|"
    r"\bmore stretch is better\b",
    "marketing": r"\b80 ?(?:%|per ?cent|percent) of (?:all )?(?:adults|people|us)\b|\bnoticeable improvements?\b|"
    r"\bguarantee[ds]?\b|\bmiracle\b",
}  # fmt: skip
"""What is never said, by what is wrong with it."""

ALLOWED = (
    (NOT_MEDICAL, "the one sentence that says what formcheck is not"),
    ("does not diagnose, treat or monitor any condition", "the same, within other sentences"),
    ("deeper is not better", "the opposite of praise"),
    ("deeper and more often are not better", "the same"),
    ("In to prepare, out to go deeper", "what an article asks for, in the table of what they ask for"),
    ("no diagnosis, no “safe” or “unsafe”, no praise for depth", "the rule itself, in the list of the catalogue"),
    ("going further each time", "described as a fault"),
    ("deeper above", "name of what is measured for that fault, in the tables of the guide"),
    ("Step front foot further forward", "where a foot is, not how far a person stretches"),
    ("further apart", "where hands are"),
)
"""Taken out before looking, and why."""

SAID = {
    "safe or unsafe": [
        "Your back is unsafe", "A safe back needs care", "Your spine looks safe", "an unsafe position for you",
        "Your back is in danger", "a dangerous bend",
    ],
    "injury": ["Injury risk 40 %", "The risk of injury is high", "It prevents injuries", "avoids an injury"],
    "slipped disc": ["You may have a slipped disc", "slipped disks", "Neutral zone damage", "in the neutral-zone"],
    "disc pressure": ["It reduces disc pressure", "takes pressure off the discs", "puts pressure on your disc"],
    "correct your spine": ["Correct your spine", "This corrects the posture", "It realigns your spine"],
    "cure": ["It fixes sciatica", "Relieves sciatica", "relieves your back", "heals the spine", "treats low back pain"],
    "relief": ["lasting pain relief", "sciatic nerve relief", "Lasting relief", "be pain-free"],
    "pelvic tilt in degrees": ["Pelvic tilt 12°", "pelvic tilt of 9 deg", "Pelvic tilt: 5°"],
    "muscle": ["Muscle activated", "muscles are not activated", "Activate your core", "muscle activation"],
    "tight psoas": ["You have a tight psoas"],
    "posture score": ["Good posture score", "bad posture", "Your posture score is 80"],
    "validated": ["Clinically validated", "clinically proven"],
    "diagnose": ["We diagnose your back", "diagnosis: strain", "Diagnosed"],
    "depth": ["Go deeper!", "Great, a little further", "even farther", "Push harder", "No pain, no gain"],
    "marketing": ["80 % of adults have it", "80% of people", "noticeable improvements", "guaranteed"],
}  # fmt: skip


def found_in(text: str) -> list[str]:
    """Return the forbidden words of a text, each with its rule."""
    plain = " ".join(text.replace("\\_", "_").replace("*", "").split())
    for allowed, _ in ALLOWED:
        plain = re.sub(re.escape(allowed), " … ", plain, flags=re.IGNORECASE)
    matches = ((name, re.search(pattern, plain, re.IGNORECASE)) for name, pattern in FORBIDDEN.items())
    return [f"{name}: {match[0]!r} in {_around(plain, match)!r}" for name, match in matches if match]


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 40) : match.end() + 40]


# Where the strings are ------------------------------------------------------------------------------------------------

LEFT_OUT = {"core/movement/wording.py", "apps/languages/check.py"}
_NO_PROSE = {"id", "signal", "strong_signal", "fallback", "phases", "shared", "main", "essential", "swap", "unit"}
_NOT_ITSELF = (ast.Expr, ast.JoinedStr)
"""A string in these is a docstring, or part of a longer one."""


def strings_of_table(part: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield where each text of a movement file stands, and the text."""
    if isinstance(part, str):
        yield where, part
    elif isinstance(part, dict):
        for key, value in part.items():
            if key not in _NO_PROSE:
                yield from strings_of_table(value, f"{where}.{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from strings_of_table(value, f"{where}.{index}")


def strings_of_code(code: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string in Python code but the docstrings; what is filled in is "…"."""
    tree = ast.parse(code)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        inside = parents.get(node)
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(inside, _NOT_ITSELF):
            yield node.lineno, node.value


def strings_of_web(text: str, suffix: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of what a page can show: all of HTML, strings of a script, `content` of a style sheet."""
    if suffix == ".html":
        yield 1, re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        return
    quoted = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
    wanted = rf"content\s*:\s*({quoted})" if suffix == ".css" else f"({quoted})"
    for match in re.finditer(wanted, text):
        yield text.count("\n", 0, match.start()) + 1, match[1][1:-1]


PYTHON = sorted(path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).as_posix() not in LEFT_OUT)
WEB = sorted(path for path in (SOURCE / "apps").rglob("*") if path.suffix in {".html", ".js", ".css"})
MOVEMENTS = sorted((SOURCE / "movements").glob("*.toml"))
DOCS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]


def _name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


# Tests ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrong", "sentence"), [(wrong, said) for wrong, all_ in SAID.items() for said in all_])
def test_what_is_never_said_is_found(wrong, sentence):
    for text in (sentence, sentence.upper(), f"Well done. {sentence}, so rest now.", sentence.replace(" ", "\n  ")):
        assert any(line.startswith(f"{wrong}: ") for line in found_in(text)), text


def test_every_pattern_has_sentences_that_it_finds():
    assert set(SAID) == set(FORBIDDEN)


@pytest.mark.parametrize(
    "sentence",
    [
        NOT_MEDICAL,
        "Your back looks more rounded than in your own tall position.",
        "Can't see this from here.", "May help you move with more ease.", "Worth showing your therapist.",
        "About 45°, give or take 6°.", "Pelvic tilt", "Step front foot further forward",
        "Your back is rounding a little.", "Next time, stay a little longer",
    ],
)  # fmt: skip
def test_what_may_be_said_is_not_found(sentence):
    assert found_in(sentence) == []


@pytest.mark.parametrize("path", MOVEMENTS, ids=_name)
def test_movement_files(path):
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [f"{where}: {line}" for where, text in strings_of_table(table) for line in found_in(text)] == []


@pytest.mark.parametrize("path", PYTHON, ids=_name)
def test_strings_of_the_code(path):
    strings = strings_of_code(path.read_text(encoding="utf-8"))
    assert [f"line {where}: {line}" for where, text in strings for line in found_in(text)] == []


@pytest.mark.parametrize("path", WEB, ids=_name)
def test_pages_and_scripts(path):
    strings = strings_of_web(path.read_text(encoding="utf-8"), path.suffix)
    assert [f"line {where}: {line}" for where, text in strings for line in found_in(text)] == []


@pytest.mark.parametrize("path", DOCS, ids=_name)
def test_readme_and_docs(path):
    paragraphs = re.split(r"\n\s*\n|\n(?=[|#>-])", path.read_text(encoding="utf-8"))
    assert [line for text in paragraphs for line in found_in(text)] == []


def test_strings_are_really_collected():
    code = '"""Go deeper."""\nA = "one"\nB = f"two {A} three"\nC = "fo" "ur"\n"""Go further."""\n'
    code += 'def f():\n    """Deeper."""\n    return "five"\n'
    assert sorted(text for _, text in strings_of_code(code)) == ["five", "four", "one", "two … three"]
    script = "say('go deeper', \"a\\\"b\") // don't\nx = `b ${c}\nd`"
    assert [text for _, text in strings_of_web(script, ".js")][:2] == ["go deeper", 'a\\"b']
    assert list(strings_of_web('a::after { content: "on"; } b { font: "x" }', ".css")) == [(1, "on")]
    assert "slow" in " ".join(text for _, text in strings_of_web("<p>slow</p><!-- no -->", ".html"))
    seen = {text for path in PYTHON for _, text in strings_of_code(path.read_text(encoding="utf-8"))}
    assert {EMERGENCY, ADVICE, STOP, NOT_MEDICAL} <= seen
    assert {question.text for question in (*QUESTIONS, *SESSION_QUESTIONS)} <= seen
    texts = {
        text for path in MOVEMENTS for _, text in strings_of_table(tomllib.loads(path.read_text(encoding="utf-8")))
    }
    hinge = load_movement("hamstring_hinge_standing")
    said = {hinge.name, hinge.about, hinge.easier, hinge.breath, hinge.view.text, hinge.start.text}
    assert said | {*hinge.steps, *hinge.stop_if} <= texts
    assert {q.ask for q in hinge.questions} | {f.cue for f in hinge.faults} | {f.seen for f in hinge.faults} <= texts


@pytest.mark.parametrize("movement", catalogue())
def test_cues_are_short(movement):
    cues = [fault.cue for fault in load_movement(movement).faults]
    assert [cue for cue in cues if len(cue.split()) > MOST_WORDS] == []


def test_camera_advice_is_short():
    said = [text for text in advice_of(Path(advice.__file__).read_text(encoding="utf-8")) if text]
    assert {advice.STEP_INTO, advice.LEVEL_ADVICE, *advice.TIP.values()} <= set(said)
    parts = [both for both, _, _ in advice._BODY_PARTS]
    said += [f"{how} back until I see {what}" for how in ("Step", "Move") for what in [*parts, "all of you"]]
    said += [f"Let the camera see your {side} {one}" for side in ("left", "right") for _, one, _ in advice._BODY_PARTS]
    assert [text for text in said if len(text.split()) > MOST_WORDS] == []


def advice_of(code: str) -> Iterator[str]:
    """Yield the texts of a module's constants: NAME = "…" and the values of NAME = {…}."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id.isupper() for t in node.targets):
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            values = [v.args[0] if isinstance(v, ast.Call) and ast.unparse(v.func) == "Phrase" else v for v in values]
            yield from (v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str))


def test_long_advice_is_found():
    long = " ".join(["word"] * (MOST_WORDS + 1))
    assert list(advice_of(f'A = "{long}"\nB = {{"x": "y"}}\nC = 3\n_d = "no"\n')) == [long, "y"]
    assert list(advice_of(f'A = Phrase("{long}")\nB = {{"x": Phrase("y")}}\n')) == [long, "y"]

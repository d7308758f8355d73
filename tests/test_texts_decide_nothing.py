"""No verdict, fault, hold or exit code depends on a text for people: with nonsense texts, nothing changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TRACKS = ROOT / "examples" / "tracks"

CHILD = r"""
import ast, importlib.abc, importlib.machinery, json, pathlib, re, sys, tempfile, tomllib

WORDS = re.compile(r"[A-Za-z][a-z']*(?: [A-Za-z'][a-z']*)+")
replaced = 0

def spoil(text):
    # what is between braces is data; a run of two or more words is meant for people
    global replaced
    spoilt = WORDS.sub(lambda found: "Lorem" + " lorem" * found[0].count(" "), text)
    replaced += spoilt != text
    return spoilt

class Spoiler(ast.NodeTransformer):
    def visit_Constant(self, node):
        if isinstance(node.value, str):
            node.value = spoil(node.value)
        return node

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        # the rules about wording are patterns of texts, not texts
        if not name.startswith("formcheck.") or name == "formcheck.core.movement.wording":
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)) is not None:
                if spec.origin and spec.origin.endswith(".py"):
                    spec.loader = Loader(name, spec.origin)
                return spec
        return None

class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        tree = Spoiler().visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")

def spoil_table(value):
    if isinstance(value, dict):
        return {key: spoil_table(part) for key, part in value.items()}
    if isinstance(value, list):
        return [spoil_table(part) for part in value]
    return spoil(value) if isinstance(value, str) else value

if sys.argv[1] == "nonsense":
    sys.meta_path.insert(0, Finder())
    plain = tomllib.loads
    tomllib.loads = lambda text: spoil_table(plain(text))

import formcheck as fc
from formcheck.apps.cli import main

DECIDED = ("verdict", "why_code", "why_about", "faults", "checks", "repetitions", "dose", "seen_share", "recognised")
TEXTS = {"cue", "reason"}

def strip(value):
    if isinstance(value, dict):
        return {key: strip(part) for key, part in value.items() if key not in TEXTS}
    return [strip(part) for part in value] if isinstance(value, list) else value

tracks = json.loads(sys.argv[2])
answers = {}
for track, movement in tracks:
    summary = fc.check(track, movement=movement).model_dump(mode="json")
    answers[f"{pathlib.Path(track).stem} as {movement}"] = {
        **{key: strip(summary[key]) for key in DECIDED}, "view": [summary["view"]["verdict"], summary["view"]["codes"]]
    }
with tempfile.TemporaryDirectory() as folder:
    broken = pathlib.Path(folder, "broken.toml")
    broken.write_text("id = 3", "utf-8")
    text = pathlib.Path(folder, "text.mp4")
    text.write_text("no video", "utf-8")
    for command in (
        ["check", folder + "/missing.mp4"],
        ["check", str(text), "--movement", "plank"],
        ["check", str(text), "--movement", "no_such_movement"],
        ["check", tracks[0][0], "--movement", "plank", "--out", folder + "/out"],
        ["movements", "validate", str(broken)],
        ["movements", "list"],
    ):
        sys.argv[1:] = command
        try:
            code = main()
        except SystemExit as stop:
            code = stop.code
        answers[" ".join(command[:2]).replace(folder, "")] = code
print("\n" + json.dumps({"answers": answers, "replaced": replaced}))
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, object]]:
    tracks = sorted(TRACKS.glob("*.parquet"))
    jobs = [(str(track), "auto") for track in tracks[:2]]
    jobs += [(str(track), movement) for track in tracks[:3] for movement in ("hamstring_hinge_standing", "plank")]
    found = {}
    for way in ("plain", "nonsense"):
        run = subprocess.run(
            [sys.executable, "-c", CHILD, way, json.dumps(jobs)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=500,
        )
        assert run.returncode == 0, run.stderr[-3000:]
        found[way] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_nonsense_texts_give_the_same_answers(answers):
    assert answers["nonsense"]["answers"] == answers["plain"]["answers"]


def test_the_texts_were_really_replaced(answers):
    assert answers["plain"]["replaced"] == 0
    assert answers["nonsense"]["replaced"] > 1000

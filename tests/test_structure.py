"""The rules of CONTRIBUTING.md that keep the code easy to find one's way in. Each failure says what to do."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from .conftest import LONGEST

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "formcheck"
MOST_MODULES = 12
MOST_LINES = 450
MOST_POSITIONAL = 5
MOST_WORDS = 15
MOST_OF_A_NAME = 60
MAY_BE_DOUBLE = {"batch", "check", "measure", "main", "log", "ROUTES", "Samples", "T", "__all__"}
"""Commands that are functions of the Python interface as well, the programs, and names that every module knows."""
COMMANDS = SRC / "apps" / "cli"
"""Typer reads options from parameters; nobody calls these functions by position."""


@cache
def modules() -> dict[str, Path]:
    """Return every module by its dotted name without the package."""
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports_of(name: str) -> set[str]:
    """Return the modules of formcheck that a module imports, also inside functions."""
    path, known, found = modules()[name], modules(), set()
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
        elif (node.module or "").split(".")[0] == "formcheck":
            base = node.module.split(".")[1:]
        else:
            continue
        for alias in node.names:
            inner = ".".join([*filter(None, base), alias.name])
            found.add(inner if inner in known else ".".join(filter(None, base)))
    return found - {name}


def circles(graph: dict[str, set[str]]) -> list[str]:
    """Return the nodes that reach themselves."""

    def reachable(start: str) -> set[str]:
        seen, todo = set(), [start]
        while todo:
            for one in graph.get(todo.pop(), set()) - seen:
                seen.add(one)
                todo.append(one)
        return seen

    return sorted(node for node in graph if node in reachable(node))


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in modules().values():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_a_folder_holds_at_most_twelve_modules():
    scripts = set((ROOT / "benchmarks").rglob("*.py"))
    full = {
        folder.relative_to(ROOT).as_posix(): count
        for folder in {path.parent for path in scripts.union(modules().values())}
        if (count := sum(1 for path in folder.glob("*.py") if path.name != "__init__.py")) > MOST_MODULES
    }
    assert not full, f"{full}: group the modules of one question in a folder of their own"


def test_a_file_is_one_concept():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in modules().values()
        if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert not long, f"{long}: more than {MOST_LINES} lines are two concepts; find their names"


def test_files_do_not_import_each_other_in_a_circle():
    found = circles({name: imports_of(name) for name in modules() if name})
    assert not found, f"{found}: move what both need into a module below them"


def test_folders_do_not_import_each_other_in_a_circle():
    single = {"core", "drivers", "apps.web", "apps.cli", "apps", ""}
    # their files lie at different heights, such as `core.records` below and `core.pipeline` above the others

    def folder(name: str) -> str:
        parent = name if modules()[name].name == "__init__.py" else name.rpartition(".")[0]
        return name if parent in single else parent

    graph: dict[str, set[str]] = {}
    for name in filter(None, modules()):
        graph.setdefault(folder(name), set()).update({folder(one) for one in imports_of(name) if one} - {folder(name)})
    assert not circles(graph), f"{circles(graph)}: move what both folders need below them"


def test_a_call_says_what_its_arguments_are():
    many = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, node in functions()
        if len([one for one in node.args.posonlyargs + node.args.args if one.arg not in {"self", "cls"}])
        > MOST_POSITIONAL
        and path.parent != COMMANDS
    ]
    assert not many, f"{many}: more than {MOST_POSITIONAL} positional parameters; put `*` before the others"


def test_names_are_imported_from_where_they_are_defined():
    faces = [
        path.relative_to(ROOT).as_posix()
        for name, path in modules().items()
        if name not in {"", "apps.cli"}
        and any(
            getattr(one, "targets", None) and ast.unparse(one.targets[0]) == "__all__" for one in tree_of(path).body
        )
    ]
    assert not faces, f"{faces}: `__all__` hides where a name lives; import it from its own module"


@pytest.mark.parametrize("layer", ["apps", "benchmarks", "core", "drivers", "program", "sinks", "sources"])
def test_tests_lie_where_the_code_lies(layer):
    home = ROOT if layer == "benchmarks" else SRC
    folders = {path.parent for path in (ROOT / "tests" / layer).rglob("test_*.py")}
    lost = sorted(
        folder.relative_to(ROOT).as_posix()
        for folder in folders
        if not (home / folder.relative_to(ROOT / "tests")).is_dir()
    )
    assert not lost, f"{lost}: no such folder of code; move the tests to the folder of what they test"


def test_the_name_of_a_test_fits_on_a_line():
    long = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        if len(name) > MOST_OF_A_NAME
    ]
    assert not long, f"{long}: at most {MOST_OF_A_NAME} characters; the docstring may say more"


def test_files_that_begin_first_exist():
    lost = [name for name in LONGEST if not (ROOT / "tests" / name).is_file()]
    assert not lost, f"{lost}: write their names of today into LONGEST in tests/conftest.py"


BANNED = {
    r"(?:un)?told": "known, reported, measured, judged",
    r"somebody(?:'s)?": "a person",
    r"whoever": "who",
    r"anew": "again",
    r"mend(?:s|ed|ing)?": "fix or correct",
    r"stood(?! up)": "was",
    r"held against": "compared with",
    r"(?:is|are|was|were) worth(?! (?:asking|showing))": "adds, improves",
    r"as long as not": "until, unless",
    r"give (?:yourself|somebody) the right": "check the permissions",
    r"may not look into": "may not open",
    r"leave \S+ away": "leave out",
    r"(?:file|nothing|bucket|one) of that name": "with that name, such a file",
    r"breaks? off": "stops, is incomplete",
    r"without an own": "without the person's own",
    r"cannot serve as": "cannot be used as",
    r"what (?:is|are) no\b|that (?:is|are) none": "not a …",
}
"""Pattern -> what to write; an engineer whose second language is English has to guess the left one."""
PAGES = [
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/coverage.toml")),
]
WEB_FILES = [path for path in SRC.rglob("*") if path.suffix in {".html", ".js", ".css"}]
TOML_FILES = sorted((SRC / "movements").glob("*.toml"))


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each comment, docstring and string of several words of a Python file."""
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            is_text = token.type == tokenize.STRING and " " in token.string
            if token.type == tokenize.COMMENT or is_text:
                yield token.start[0], re.sub(r"\{[^{}]*\}", "", token.string)


def _find_banned(path: Path, texts: Iterable[tuple[int, str]]) -> list[str]:
    found = []
    for line, text in texts:
        plain = re.sub(r"`[^`]*`", "", text)
        for words, instead in BANNED.items():
            for match in re.finditer(rf"\b(?:{words})", plain, re.IGNORECASE):
                at = line + plain.count("\n", 0, match.start())
                found.append(f"{path.relative_to(ROOT)}:{at}: {match.group()} → {instead}")
    return found


@pytest.mark.parametrize("folder", ["src", "docs", "tests", "benchmarks", "training", "studio"])
def test_code_is_explained_in_everyday_words(folder):
    paths = [path for path in sorted((ROOT / folder).rglob("*.py")) if path != Path(__file__)]
    found = [line for path in paths for line in _find_banned(path, prose_of(path))]
    assert paths
    assert not found, "\n".join(found)


def test_texts_for_people_use_everyday_words():
    paths = [*TOML_FILES, *WEB_FILES, *PAGES]
    texts = {path: path.read_text("utf-8") for path in paths}
    found = [line for path, text in texts.items() for line in _find_banned(path, [(1, text)])]
    assert TOML_FILES
    assert WEB_FILES
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It cannot be told.", 1), ("When you stood up, told `told`.", 1), ("Untold of somebody's", 2),
        ("no file of that name", 1), ("It is held against the truth", 1), ("leave --host away", 1), ("It is known.", 0),
    ],
)  # fmt: skip
def test_banned_words_are_found(text, count):
    assert len(_find_banned(Path(__file__), [(1, text)])) == count


def test_a_docstring_begins_with_one_short_line():
    long = [
        f"{path.relative_to(ROOT)}: {name}: {first}"
        for path in modules().values()
        if path.parent != COMMANDS
        for name, first in first_lines(path)
        if len(first.split()) > MOST_WORDS
    ]
    assert not long, "more than 15 words; the rest goes into the next lines:\n" + "\n".join(long)


def first_lines(path: Path) -> Iterator[tuple[str, str]]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree_of(path)):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield getattr(node, "name", "module"), text.split("\n")[0]


def defined_in(node: ast.stmt) -> list[str]:
    """Return the functions, classes and constants that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def test_a_name_is_defined_in_one_module():
    homes: dict[str, list[str]] = {}
    for name, path in modules().items():
        for node in tree_of(path).body:
            for defined in defined_in(node):
                homes.setdefault(defined, []).append(name)
    homes = {name: sorted(set(places)) for name, places in homes.items()}
    double = {name: places for name, places in homes.items() if len(places) > 1 and name not in MAY_BE_DOUBLE}
    assert not double, f"{double}: one word, one meaning; give each a name of its own, or import the one that is meant"

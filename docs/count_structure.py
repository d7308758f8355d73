"""Count what makes code easy or hard to find one's way in: `python docs/count_structure.py [CHECKOUT]`.

With another checkout (`git worktree add BEFORE COMMIT`) the same is counted there, to compare.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BANNED = re.compile(r"\b(?:told|untold|somebody|whoever|anew|mend|stood)\b", re.IGNORECASE)
CODE_WORD = re.compile(r"`[^`\n]*`|\"\w+\"")
"""A key or a code, such as `stood` in `run.json`, is no word of ours to choose."""
VERBS = frozenset(re.findall(r"\w+", """
    add adapt advance advise annotate answer ask assess assign begin blend break build calibrate call capitalise
    change check choose classify clean close collect compare compile complete compute consume convert copy count cut
    decide decode define delete describe detect develop discard displace distrust draw dress drop encode end escape
    estimate exit expand explain export feed fetch fill filter find finish fit fix flatten flush follow forget
    format free freeze gather get give go grant greet group hash hold ignore import install interpolate is has can
    join judge keep kill label learn leave list load locate lock log look make mark match measure merge mirror move
    name normalise note offer open order pack paint pair parse pause pick place plan plot practise praise prefetch
    prepare print produce put rank reach read record redact redirect reduce refine refit refuse reinstall remember
    remove render replay reply report require reset resize resolve restart round run sample say scale scan score
    search see seek select send separate serve set settle shift shorten show shut sit skip smooth sort speak split
    start steady step stop store strip sum summarise suppress survey sweep switch take tap tell tidy trace track
    turn wait warm warn watch wrap write zip
"""))  # fmt: skip


def main() -> None:
    """Print the counts."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE
    sources = {path: path.read_text("utf-8") for path in sorted((root / "src" / "formcheck").rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in sources.items()}
    modules = [path for path in sources if path.name != "__init__.py"]
    lines = [len(text.splitlines()) for text in sources.values()]
    folders = Counter(path.parent.relative_to(root).as_posix() for path in modules)
    names = [node.name.strip("_").split("_")[0] for tree in trees.values() for node in list_functions(tree)]
    print(f"modules: {len(modules)}")
    print(f"lines: {sum(lines)}")
    print(f"median lines of a module: {statistics.median(len(sources[path].splitlines()) for path in modules):g}")
    print(f"most modules in a folder: {folders.most_common(1)[0][1]} ({folders.most_common(1)[0][0]})")
    print(f"functions that start with a verb: {100 * sum(name in VERBS for name in names) / len(names):.0f} %")
    helpers = find_single_use(trees, sources)
    print(f"private helpers with one statement and one use: {len(helpers)} ({', '.join(sorted(helpers))})")
    banned = sum(len(BANNED.findall(CODE_WORD.sub("", text))) for text in sources.values())
    print(f"words that this project does not use: {banned}")
    double = find_double_names(trees)
    print(f"top-level names in two modules: {len(double)} ({', '.join(sorted(double))})")


def list_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield functions and methods; properties and methods that Python calls are named otherwise."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("__"):
            continue
        if not any("property" in ast.unparse(one) for one in node.decorator_list):
            yield node


def find_single_use(trees: Mapping[Path, ast.Module], sources: Mapping[Path, str]) -> set[str]:
    """Return private top-level functions of one statement that their module uses once."""
    found = set()
    for path, tree in trees.items():
        for node in tree.body:
            # one that is decorated keeps what it computed, so it cannot be inlined
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("_") or node.decorator_list:
                continue
            body = node.body[1:] if ast.get_docstring(node) else node.body
            uses = len(re.findall(rf"\b{node.name}\b", sources[path])) - 1
            if len(body) == 1 and not hasattr(body[0], "body") and uses == 1:
                found.add(f"{path.stem}.{node.name}")
    return found


def find_double_names(trees: Mapping[Path, ast.Module]) -> set[str]:
    """Return functions, classes and constants that two modules define."""
    homes = Counter(name for tree in trees.values() for name in {n for node in tree.body for n in list_defined(node)})
    return {name for name, count in homes.items() if count > 1}


def list_defined(node: ast.stmt) -> list[str]:
    """Return what a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


if __name__ == "__main__":
    main()

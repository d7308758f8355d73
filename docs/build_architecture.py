"""Draw the imports of formcheck into docs/architecture.md, from the code itself.

    python docs/build_architecture.py [--check]

Write two Mermaid diagrams between the marker comments of the page: the folders of the package, and the parts of
`core`. An arrow means "imports". An arrow that follows from others is left out. `--check` writes nothing and exits
with code 2 if the page would change.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, PAGE = ROOT / "src" / "formcheck", ROOT / "docs" / "architecture.md"
LAYERS = ("apps", "api", "drivers", "program", "sources", "sinks", "core", "languages")
"""From top to bottom, as the import contract in pyproject.toml has them."""
BEGIN, END = "<!-- {name}: made by docs/build_architecture.py -->", "<!-- {name}: end -->"

Graph = dict[str, set[str]]


# Reading the imports --------------------------------------------------------------------------------------------------


def read_imports(package: Path = PACKAGE) -> dict[Path, set[Path]]:
    """Return which files of the package each file imports, by path relative to the package.

    Imports inside functions and under TYPE_CHECKING count too.
    """
    files = {_module_of(path, package): path for path in sorted(package.rglob("*.py"))}
    return {
        path.relative_to(package): {
            files[found].relative_to(package)
            for name in _imported_names(path, package)
            if (found := _longest_known(name, files)) and files[found] != path
        }
        for path in files.values()
    }


def _module_of(path: Path, package: Path) -> str:
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported_names(path: Path, package: Path) -> Iterator[str]:
    """Yield every name that a file imports, dotted and absolute."""
    folder = (package.name, *path.relative_to(package).parent.parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _longest_known(name: str, files: dict[str, Path]) -> str:
    """Return the module that a dotted name belongs to; empty where it is not part of the package."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name


# From files to a graph ------------------------------------------------------------------------------------------------


def draw_folders(imports: dict[Path, set[Path]]) -> str:
    """Return the diagram of the package: one box for each folder, grouped by layer."""
    graph = _join_files(imports, _folder_of)
    groups = {layer: sorted(node for node in graph if node.split("/")[0] == layer) for layer in LAYERS}
    return _draw_diagram(graph, groups)


def draw_core(imports: dict[Path, set[Path]]) -> str:
    """Return the diagram of `core`: one box for each of its folders and files."""
    inside = {
        path.relative_to("core"): {other.relative_to("core") for other in others if other.parts[0] == "core"}
        for path, others in imports.items()
        if path.parts[0] == "core"
    }
    return _draw_diagram(_join_files(inside, lambda path: path.parts[0].removesuffix(".py")), {})


def _folder_of(path: Path) -> str:
    """Return the box of a file: the folder below its layer, or the layer's own files."""
    layer = path.parts[0].removesuffix(".py")
    if layer == "core" or len(path.parts) == 1:
        return layer
    return f"{layer}/{path.parts[1]}" if len(path.parts) > 2 else f"{layer}/*.py"


def _join_files(imports: dict[Path, set[Path]], box_of: Callable[[Path], str]) -> Graph:
    """Return which box imports which; the package's own face and empty faces of folders are left out."""
    graph: Graph = {}
    for path, others in imports.items():
        if path.name == "__init__.py" and not others:
            continue
        box = box_of(path)
        graph.setdefault(box, set()).update(to for to in map(box_of, others) if to not in (box, "__init__"))
    graph.pop("__init__", None)
    return graph


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def reduce_graph(graph: Graph) -> Graph:
    """Return the graph without the arrows that follow from others; arrows within a circle of boxes stay."""
    reach = {box: _reachable(graph, box) for box in graph}

    def is_below(one: str, other: str) -> bool:
        return one in reach.get(other, ()) and other not in reach.get(one, ())

    return {
        box: {to for to in others if not any(is_below(via, box) and is_below(to, via) for via in others)}
        for box, others in graph.items()
    }


def _draw_diagram(graph: Graph, groups: dict[str, list[str]]) -> str:
    lines = ["```mermaid", "flowchart TD"]
    grouped = {box for boxes in groups.values() if len(boxes) > 1 for box in boxes}
    for name, boxes in groups.items():
        if len(boxes) > 1:
            lines += [f"  subgraph {name}", *(f"    {_define(box)}" for box in boxes), "  end"]
    lines += [f"  {_define(box)}" for box in sorted(graph) if box not in grouped]
    reduced = reduce_graph(graph)
    for box in sorted(reduced):
        for to in sorted(reduced[box]):
            both = box in graph.get(to, ())
            if not both or box < to:
                lines.append(f"  {_id(box)} {'<-->' if both else '-->'} {_id(to)}")
    return "\n".join([*lines, "```"])


def _define(box: str) -> str:
    return f'{_id(box)}["{box}"]'


def _id(box: str) -> str:
    return re.sub(r"\W+", "_", box.replace("*.py", "files"))


# Writing --------------------------------------------------------------------------------------------------------------


def make_page(text: str) -> str:
    """Return the text of the page with its diagrams as the code is now."""
    imports = read_imports()
    for name, diagram in (("folders", draw_folders(imports)), ("core", draw_core(imports))):
        begin, end = BEGIN.format(name=name), END.format(name=name)
        before, begun, rest = text.partition(begin)
        _, ended, after = rest.partition(end)
        if not begun or not ended:
            raise SystemExit(f"{PAGE.name}: expected the comments {begin} and {end}, got a page without them")
        text = f"{before}{begin}\n{diagram}\n{end}{after}"
    return text


def main() -> int:
    """Make the page, or compare it."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page would change")
    is_check = parser.parse_args().check
    old = PAGE.read_text("utf-8")
    new = make_page(old)
    if old == new:
        return 0
    if is_check:
        sys.stderr.write(f"{PAGE.name}: differs from the code; run python docs/build_architecture.py\n")
        return 2
    PAGE.write_text(new, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

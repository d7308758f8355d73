"""Make docs/python.md from the docstrings of what `import formcheck` offers.

    python docs/build_api.py [--check]

`--check` writes nothing and fails (exit code 2) where the page would change. A test runs the examples of the page.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import formcheck as fc

PAGE = Path(__file__).resolve().parent / "python.md"
GROUPS = {
    "Recordings in, verdicts out": ("check", "measure", "batch", "RunSummary"),
    "Movements": ("catalogue", "load_movement", "load_calibration"),
    "Frame by frame": ("open_video", "open_track", "open_pose_model", "Frame", "PoseFrame", "FormChecker"),
    "Errors": ("FormCheckError",),
}
HEAD = """\
# formcheck in Python

`import formcheck as fc` offers what stands below, and loads no video, model or plotting library until it is used. This
page is made from the docstrings by `python docs/build_api.py`; the tests run its examples in the folder of the project.
[A notebook](../examples/from_videos_to_a_table.ipynb) goes the whole way from a folder of recordings to a mixed model.
The command line does all of this too: `formcheck --help`.

Units end the names: `_deg`, `_px`, `_m`, `_s`, `_pct`, `_tl` (trunk lengths). An unknown value is NaN, None or
`cannot_tell`, never zero. `Place` is a path, as text or `Path`; where many recordings are taken, an address as well.
"""
_TITLE = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_ITEM = re.compile(r"^(?=\S)(?P<names>[\w, ]+?) : (?P<text>.*)$")


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for title, names in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_entry(name, getattr(fc, name)) for name in names]
    return "\n".join(parts)


def _entry(name: str, thing: Any) -> str:
    parts = [f"### `fc.{name}`\n", *_docstring(thing)]
    if not inspect.isclass(thing):
        parts.insert(1, f"```python\n{signature(thing)}\n```\n")
    elif methods := list(_methods(thing)):
        parts += ["**Methods**\n", *methods, ""]
    return "\n".join(parts)


def signature(function: Any) -> str:
    """Return the first line of a function as it is written, one parameter to a line where it is long."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    if not isinstance(node, ast.FunctionDef):
        raise TypeError(f"{function}: expected a function")
    told = [one for one in _parameters(node.args) if one not in ("self", "cls")]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{node.name}({', '.join(told)}){returns}"
    if len(line) <= 100:
        return line
    inner = "".join(f"    {one},\n" for one in told)
    return f"{node.name}(\n{inner}){returns}"


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    plain = arguments.args
    first = len(plain) - len(arguments.defaults)
    for k, one in enumerate(plain):
        yield _parameter(one, arguments.defaults[k - first] if k >= first else None)
    if arguments.kwonlyargs:
        yield "*"
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(one, default)


def _parameter(one: ast.arg, default: ast.expr | None) -> str:
    value = "" if default is None else f" = {ast.unparse(default)}".replace("'", '"')
    return f"{ast.unparse(one)}{value}"


def _methods(thing: type) -> Iterator[str]:
    for name, member in vars(thing).items():
        inner = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if name.startswith("_") or not inspect.isfunction(inner) or not inner.__doc__:
            continue
        shown = name if isinstance(member, property) else signature(inner)
        yield f"- `{shown}`: {inspect.cleandoc(inner.__doc__).splitlines()[0]}"


def _docstring(thing: Any) -> Iterator[str]:
    """The docstring as Markdown: its text, then each section with a title."""
    text, *sections = _TITLE.split(inspect.cleandoc(thing.__doc__))
    yield f"{text.strip()}\n"
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        yield f"**{title}**\n"
        yield f"```python\n{body.strip()}\n```\n" if title == "Examples" else "\n".join(_lines(body, title))


def _lines(body: str, title: str) -> Iterator[str]:
    """Parameters and errors as a list, all else as it is."""
    for line in body.strip().splitlines():
        item = _ITEM.match(line) if title == "Parameters" else None
        if item:
            yield f"- {_quoted(item['names'])}: {_several(item['text'])}"
        elif title == "Raises" and not line.startswith(" "):
            yield f"- `{line.strip()}`:"
        else:
            yield f"  {line.strip()}" if title in ("Parameters", "Raises") else line
    yield ""


def _quoted(names: str) -> str:
    return ", ".join(f"`{name.strip()}`" for name in names.split(","))


def _several(text: str) -> str:
    """More names in one line of a docstring: `xy : px. xyz : m.`"""
    return re.sub(r"(?<=\. )(\w+(?:, \w+)*) : ", lambda found: f"{_quoted(found[1])}: ", text)


def main() -> int:
    """Write the page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page would change")
    options = parser.parse_args()
    text = page()
    if not options.check:
        PAGE.write_text(text, "utf-8")
        print(f"{PAGE.name}: {len(fc.__all__)} names")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        told = "expected what the docstrings give, got another page; run python docs/build_api.py"
        print(f"{PAGE.name}: {told}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

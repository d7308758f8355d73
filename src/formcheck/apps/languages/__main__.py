"""Bring the catalogues up to date, or check them: `python -m formcheck.apps.languages update|check`."""

from __future__ import annotations

import sys

from .catalogues import TRANSLATED, update_catalogue
from .check import list_problems
from .extract import collect_texts

USAGE = "expected `update` or `check`: python -m formcheck.apps.languages update"


def carry_out(command: str) -> int:
    """Carry out a command; return the exit code."""
    found = collect_texts()
    if command == "update":
        for code in TRANSLATED:
            missing = update_catalogue(code, found)
            print(f"{code}: {len(found)} texts, {len(missing)} without a translation")
        return 0
    problems = [problem for code in TRANSLATED for problem in list_problems(code, found)]
    print("\n".join(problems) or f"{len(found)} texts in {', '.join(TRANSLATED)}: complete")
    return 1 if problems else 0


def main() -> int:
    """Read the command line; return the exit code."""
    if sys.argv[1:] not in (["update"], ["check"]):
        print(USAGE, file=sys.stderr)
        return 2
    return carry_out(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())

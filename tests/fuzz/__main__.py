"""Longer runs: `python -m tests.fuzz --cases 20000 --seed 7 [reader ...]`, from the checkout.

For each reader it prints how many cases were read, how many were refused in one line, and how many ended otherwise,
with the seed that repeats each of those: `python -m tests.fuzz --cases 1 --seed SEED READER`.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
import traceback
from collections import Counter

from .readers import READERS, run_case

LONGEST_S = 10.0


def run_reader(name: str, cases: int, seed: int, longest_s: float) -> int:
    """Run the cases of one reader and print their counts; return how many ended badly.

    Parameters
    ----------
    longest_s : stop after this time, whatever is left.
    """
    counts: Counter[str] = Counter()
    slowest = (0.0, seed)
    told: set[str] = set()
    began_s = time.monotonic()
    for one in range(seed, seed + cases):
        if time.monotonic() - began_s > longest_s:
            break
        counts["cases"] += 1
        case_began_s = time.process_time()  # other programs must not count
        try:
            counts[run_case(name, one).value] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            counts["unhandled"] += 1
            frame = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} {frame.filename}:{frame.lineno}"
            if kind not in told:
                told.add(kind)
                print(f"  {name} seed {one}: {kind}: {str(error)[:150]!r}", flush=True)
        slowest = max(slowest, (time.process_time() - case_began_s, one))
    counts["slow"] += slowest[0] > LONGEST_S
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:14} {counts['cases']:6} cases: {counts['read']:6} read, {counts['refused']:6} refused, "
        f"{counts['unhandled']:4} unhandled; slowest {slowest[0]:.2f} s (seed {slowest[1]}), "
        f"{time.monotonic() - began_s:.0f} s in all, {memory_mb:.0f} MB at most",
        flush=True,
    )
    return counts["unhandled"] + counts["slow"]


def main() -> int:
    """Read the options, run the readers; return 1 if a case ended badly."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", choices=[*READERS, []], help="default: all")
    parser.add_argument("--cases", type=int, default=20_000, help="of each reader; of videos at most 1000")
    parser.add_argument("--seed", type=int, default=0, help="of the first case; the next ones follow")
    parser.add_argument("--seconds", type=float, default=math.inf, help="at most for each reader")
    options = parser.parse_args()
    bad = 0
    for name in options.readers or READERS:
        bad += run_reader(
            name, min(options.cases, 1000) if name == "video" else options.cases, options.seed, options.seconds
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Ten thousand random changes of good definitions: each refused at the right place, or built and found to be right.

What was accepted is told apart by its meaning and built many at a time by the self-test, on a server of its own.
Exit status 0: none lies between; 1: some do. Example: make soak-generator MUTANTS=10000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mutate import Mutant, mutants
from mutation_bulk import judged, meaning, renamed, write, write_seeds
from mutation_pointers import is_right
from mutation_seeds import SEEDS

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render
from definitions_to_dbt.selftest.report import Report, run_selftest

_TOGETHER = 80


def main() -> int:
    """Run the soak; print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--no-build", action="store_true", help="refusals only")
    asked = parser.parse_args()
    started = time.monotonic()
    counts: Counter[str] = Counter()
    accepted: dict[str, Mutant] = {}
    between: list[str] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        root = write_seeds(Path(name) / "definitions")
        for one in judged(root, mutants(asked.mutants, asked.start)):
            counts["refused" if one.library is None else "accepted"] += 1
            wrong = [str(p) for file, p in one.problems if not is_right(p, one.mutant, file, SEEDS)]
            between += [f"{_told(one.mutant)}\n    points elsewhere: {text}" for text in wrong]
            if one.library is not None:
                accepted.setdefault(meaning(one), one.mutant)
        print(f"{time.monotonic() - started:.0f} s: {dict(counts)}, {len(accepted)} meanings", file=sys.stderr)
        objects = [mutant for mutant in accepted.values() if mutant.file.startswith(("object_models/", "kpis/"))]
        counts["built"] = 0 if asked.no_build else len(objects)
        for place in range(0, counts["built"], _TOGETHER):
            between += _built(Path(name), objects[place : place + _TOGETHER], place, counts)
            print(
                f"{time.monotonic() - started:.0f} s: {place + _TOGETHER} built, {len(between)} between",
                file=sys.stderr,
            )
    print("\n".join(between))
    print(f"{dict(counts)}, {len(accepted)} meanings, {len(between)} between, {time.monotonic() - started:.0f} s")
    return 1 if between else 0


def _built(folder: Path, chosen: list[Mutant], start: int, counts: Counter[str]) -> list[str]:
    """Build some mutants at once; what differs or broke."""
    root = write_seeds(folder / f"bulk_{start}")
    codes: dict[str, Mutant] = {}
    for number, mutant in enumerate(chosen, start):
        write(root, *renamed(mutant, number))
        if mutant.file.startswith("object_models/"):
            codes[f"M{number:05}"] = mutant
    library = load_library(root)
    if render(library) != render(library):
        return ["the same definitions render other bytes the second time"]
    try:
        report = run_selftest(library, list(codes), lambda line: None)
    except ProblemError as problem:
        if len(chosen) > 1:  # which of them it is
            half = len(chosen) // 2
            return _built(folder / "a", chosen[:half], start, counts) + _built(
                folder / "b", chosen[half:], start, counts
            )
        return [f"{_told(chosen[0])}\n    does not build: {problem}"]
    return list(_told_of(report, codes, counts))


def _told_of(report: Report, codes: dict[str, Mutant], counts: Counter[str]) -> list[str]:
    counts["left out"] += len(report.left_out)
    found = [f"{name}: {why}" for name, why in report.broken.items()]
    for one in report.objects:
        mutant = codes.get(one.model.code)
        counts["records"] += sum(one.cases.values())
        counts["records not judged"] += sum(one.unjudged.values())
        if mutant is None:
            continue
        if not one.cases["valid"]:
            counts["objects not judged"] += 1
        if one.mismatches:
            found.append(f"{_told(mutant)}\n    {len(one.mismatches)} differences, the first: {one.mismatches[0]}")
    return found


def _told(mutant: Mutant) -> str:
    return f"{mutant.how} {mutant.file}{mutant.pointer}: {str(mutant.before)[:80]!r} -> {str(mutant.after)[:120]!r}"


if __name__ == "__main__":
    sys.exit(main())

"""sqlfluff, with a file's layout worked out once for all its rules: `python -m demo.sqlfluff_once lint …`.

Its rules of layout each take the whole file apart again, which is a third of the linter's time. Where nothing is mended
the file stays as it is, and so does what was found of it. Not for `sqlfluff fix`, which changes the file between rules.

dbt reads the project for it without the tests that YAML states: their SQL is that of macros, which are linted where
they stand, and to read them is a third of its time. Whoever builds the project reads them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from typing import Any

from dbt.parser.schema_generic_tests import SchemaGenericTestParser
from dbt.parser.unit_tests import UnitTestParser
from sqlfluff.cli.commands import cli
from sqlfluff.core.linter.runner import MultiProcessRunner
from sqlfluff.utils.reflow.sequence import ReflowSequence

from demo.remembering_dbt import remember

# By which methods dbt reads them.
TESTS_OF_YAML = (
    (SchemaGenericTestParser, "parse_tests"),
    (SchemaGenericTestParser, "parse_versioned_tests"),
    (UnitTestParser, "parse"),
)
_taken_apart = ReflowSequence.from_root.__func__  # type: ignore[attr-defined]  # of a class method


class _LayoutOnce:
    """The layout of the file that was asked for last. Each rule gets a list of its own of the same immutable parts."""

    def __init__(self) -> None:
        self._known: ReflowSequence | None = None

    def __call__(self, cls: type[ReflowSequence], root_segment: Any, config: Any) -> ReflowSequence:
        known = self._known
        if known is None or known.root_segment is not root_segment:
            known = self._known = _taken_apart(cls, root_segment, config)
        return cls(list(known.elements), known.root_segment, known.reflow_config, known.depth_map)


def work_out_layout_once() -> None:
    """From now on, in this process and those that are forked from it."""
    layout = _LayoutOnce()
    # mypy: a method is replaced on purpose.
    ReflowSequence.from_root = classmethod(lambda cls, root, config: layout(cls, root, config))  # type: ignore[method-assign,assignment]


def read_no_tests() -> None:
    """From now on dbt passes over the tests of models, columns, seeds, snapshots and sources, and over unit tests."""

    def nothing(*_: object) -> None: ...

    for parser, method in TESTS_OF_YAML:
        setattr(parser, method, nothing)


def main() -> None:
    """As `sqlfluff` itself; its processes are forked, so that they need not load it again and know this."""
    # What dbt has read stays until the end: to look through it finds no garbage. Files' trees go, in processes forked.
    gc.set_threshold(50_000, 50, 100)
    gc.disable()
    os.register_at_fork(before=gc.freeze, after_in_child=gc.enable)
    remember()
    work_out_layout_once()
    read_no_tests()
    MultiProcessRunner.POOL_TYPE = multiprocessing.get_context("fork").Pool
    sys.exit(cli())


if __name__ == "__main__":
    main()

"""The linter that takes a file apart once finds what sqlfluff finds that takes it apart for each rule."""

from __future__ import annotations

import pytest
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.utils.reflow.sequence import ReflowSequence

from demo.sqlfluff_once import TESTS_OF_YAML, read_no_tests, work_out_layout_once

SPOILT = """SELECT a.id ,b.total+1 as total
from orders as a
   left join (select id,sum(paid)  as total from payments group by id) as b
on a.id = b.id and b.total > 0 or a.a_column_with_a_long_name <> a.another_column_with_a_name_that_is_even_longer
where a.id in (1,2,
    3)
order by 1 , total"""


def test_the_same_is_found_in_file_after_file(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [SPOILT, SPOILT.replace(" ,", ","), "select 1 as one\n"]
    config = FluffConfig(overrides={"dialect": "postgres"})
    each = [Linter(config=config).lint_string(text).check_tuples() for text in texts]
    monkeypatch.setattr(ReflowSequence, "from_root", ReflowSequence.__dict__["from_root"])

    work_out_layout_once()

    assert [Linter(config=config).lint_string(text).check_tuples() for text in texts] == each
    assert len({code for code, *_ in each[0]} & {"LT01", "LT02", "LT03", "LT04", "LT05", "LT09", "LT14"}) >= 4
    assert each[2] == []


def test_what_dbt_reads_tests_by_is_there_and_then_reads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [parser.__dict__[method] for parser, method in TESTS_OF_YAML]
    for (parser, method), found in zip(TESTS_OF_YAML, before, strict=True):
        monkeypatch.setattr(parser, method, found)

    read_no_tests()

    assert [getattr(parser, method)(None, None) for parser, method in TESTS_OF_YAML] == [None] * 3

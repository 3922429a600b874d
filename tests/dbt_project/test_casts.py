"""What payloads hold against what columns can: nothing that is sent fails a batch, and nothing is changed on its way.

One object has a column of every type; each case is one record. All land in one batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import Project

from definitions_to_dbt.pg_type import BASES
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from cast_cases import CASES, REJECTED, TYPES, column_of, shown

def definition(types: list[str]) -> dict[str, Any]:
    columns = [{"name": "id", "type": "bigint", "primary_key": True}]
    for type_name in types:
        zone = {"time_zone": "Europe/Berlin"} if type_name in ("timestamp", "timestamp[]") else {}
        columns.append({"name": column_of(type_name), "type": type_name, **zone})
    table = {"table_name": "everything", "columns": columns}
    return {"code": "EVERYTHING", "name": "Everything", "module": "SHOP", "kind": "reference", "table_schema": table}


@pytest.fixture(scope="module")
def built(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """All cases landed and built in one batch."""
    folder = tmp_path_factory.mktemp("casts")
    project = Project.of(folder, [definition(TYPES)])
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        platform = Platform(project, connection).prepare()
        payloads = [{"id": n, column_of(type_name): value} for n, (type_name, value, _) in enumerate(CASES)]
        platform.land("everything", *payloads)
        ended = project.dbt("run", "--select", "+everything")
        assert ended.success, ended.failed
        yield platform


@pytest.mark.parametrize("number", range(len(CASES)), ids=[shown(case) for case in CASES])
def test_a_value_is_kept_or_the_record_rejected_never_changed(built: Platform, number: int) -> None:
    type_name, _, expected = CASES[number]
    name = column_of(type_name)

    outcome, reasons, value = built.rows(
        f"select raw.outcome, refused.reasons, kept.{name}::text from {SCHEMA}.source_everything raw"
        f" left join {SCHEMA}.rejected_everything refused on raw.raw_seq = refused._raw_seq"
        f" left join {SCHEMA}.everything kept on raw.raw_seq = kept._raw_seq where raw.raw_seq = %s",
        number + 1,
    )[0]

    if expected is REJECTED:
        assert (outcome, reasons) == ("rejected", [f"{name}: not {type_name}"])
    else:
        assert (outcome, value) == ("loaded", expected)

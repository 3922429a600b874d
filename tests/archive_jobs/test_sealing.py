"""What is sealed comes back byte for byte under its key, and nowhere else; subjects are told as staging tells them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import SALE, SCHEMA, Shop, write_definitions

from archive_jobs.catalogue import ensure_catalogue
from archive_jobs.privacy.keys import KeyRing
from archive_jobs.privacy.master_key import new_master_key
from archive_jobs.privacy.sealed_columns import SUBJECT
from archive_jobs.privacy.sealing import Sealer, let_unseal, place_of_unit, plain, sealing_problem
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.library import load_library
from definitions_to_dbt.subject import BETWEEN, subject_expression, subject_kind

PAYLOADS = [
    (1, "a", "Ada", '{"n": 1}', None),
    (2, "b", "Bo", '{"n": 2, "text": "' + "x" * 500 + '", "ü": "𝄞"}', None),
    (3, None, "Ada", None, b"\xff\x00\xfe"),
    (4, "", None, "[not an object]", None),
    (5, "e", f"Ada{BETWEEN}Bo", "{}", None),
]


@pytest.fixture
def settings(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> ArchiveSettings:
    """A catalogue and a master key."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    ensure_catalogue(shop.connection)
    return ArchiveSettings()


def batch_of(payloads: list[tuple[Any, ...]]) -> pa.RecordBatch:
    number, raw_id, subject, data, content = zip(*payloads, strict=True)
    return pa.RecordBatch.from_pydict(
        {
            "raw_seq": pa.array(number, pa.int64()),
            "raw_id": pa.array(raw_id, pa.string()),
            "raw_data": pa.array(data, pa.string()),
            "raw_bytes": pa.array(content, pa.binary()),
            "raw_sha256": pa.array([f"{n:064x}" for n in number], pa.string()),
            "source_system": pa.array(["shop"] * len(number), pa.string()),
            SUBJECT: pa.array(subject, pa.string()),
        }
    )


def sealed_file(shop: Shop, settings: ArchiveSettings, file: Path, unit: uuid.UUID | None = None) -> Path:
    """A file as the archiver writes it."""
    table = shop.tables("source", objects=("SALE",))[0]
    unit = unit or uuid.uuid4()
    place = place_of_unit(table.schema, table.table_name, str(unit))
    batch = Sealer(KeyRing(settings), "people.id", place)(batch_of(PAYLOADS))
    said = {"schema": table.schema, "table": table.table_name, "unit": str(unit)}
    pq.write_table(pa.Table.from_batches([batch]).replace_schema_metadata(said), file)
    return file


def opened(
    shop: Shop, settings: ArchiveSettings, file: Path, columns: str = "*", erased: list[str] | None = None
) -> Any:
    table = shop.tables("source", objects=("SALE",))[0]
    with duckdb.connect() as engine:
        let_unseal(engine, settings)
        relation = plain([str(file)], table.columns, erased or [])
        return engine.execute(f"select {columns} from ({relation}) order by raw_seq").fetchall()


def test_a_sealed_payload_comes_back_byte_for_byte(shop: Shop, settings: ArchiveSettings, tmp_path: Path) -> None:
    file = sealed_file(shop, settings, tmp_path / "a.parquet")

    found = opened(shop, settings, file, "raw_seq, raw_id, raw_data, raw_bytes, raw_sha256, source_system")

    assert found == [(n, i, d, b, f"{n:064x}", "shop") for n, i, _, d, b in PAYLOADS]


def test_anybody_reads_the_rest_and_nobody_the_payload(shop: Shop, settings: ArchiveSettings, tmp_path: Path) -> None:
    file = sealed_file(shop, settings, tmp_path / "a.parquet")

    with duckdb.connect() as anybody:
        rest = anybody.execute(f"select raw_seq, source_system from '{file}' order by 1").fetchall()

    assert rest == [(n, "shop") for n, *_ in PAYLOADS]
    assert pq.read_schema(file).names == ["raw_seq", "source_system", "sealed", "sealed_key"]
    assert not [text for text in (b"xxxx", b"Ada", b'"n"', b"not an object") if text in file.read_bytes()]


def test_records_of_one_person_share_a_key_and_those_of_two_have_one_of_their_own(
    shop: Shop, settings: ArchiveSettings, tmp_path: Path
) -> None:
    keys = pq.read_table(sealed_file(shop, settings, tmp_path / "a.parquet"))["sealed_key"].to_pylist()

    assert keys[0] == keys[2] and len(set(keys)) == 4
    shared = shop.value("select also_digests from archive_catalog.subject_keys where key_id = %s", keys[4])
    assert sorted(shared) == sorted(KeyRing(settings).digest("people.id", name) for name in ("Ada", "Bo"))
    assert shop.value("select purpose from archive_catalog.subject_keys where key_id = %s", keys[3]) == "unknown"


def test_without_the_master_key_only_a_payload_is_refused(
    shop: Shop, settings: ArchiveSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sealed_file(shop, settings, tmp_path / "a.parquet")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")

    assert opened(shop, ArchiveSettings(), file, "raw_seq") == [(n,) for n, *_ in PAYLOADS]
    with pytest.raises(duckdb.Error) as error:
        opened(shop, ArchiveSettings(), file, "raw_data")
    assert "reading sealed payloads needs the master key" in str(sealing_problem(error.value))


def test_a_payload_moved_to_another_record_or_unit_does_not_open(
    shop: Shop, settings: ArchiveSettings, tmp_path: Path
) -> None:
    table = pq.read_table(sealed_file(shop, settings, tmp_path / "a.parquet"))
    swapped = table.take([2, 1, 0, 3, 4]).set_column(0, "raw_seq", table["raw_seq"])
    pq.write_table(swapped, tmp_path / "swapped.parquet")
    elsewhere = table.replace_schema_metadata(table.schema.metadata | {b"unit": str(uuid.uuid4()).encode()})
    pq.write_table(elsewhere, tmp_path / "elsewhere.parquet")

    for name in ("swapped", "elsewhere"):
        with pytest.raises(duckdb.Error, match="does not open under its key"):
            opened(shop, settings, tmp_path / f"{name}.parquet", "raw_data")


def test_records_of_a_destroyed_key_are_left_out(shop: Shop, settings: ArchiveSettings, tmp_path: Path) -> None:
    file = sealed_file(shop, settings, tmp_path / "a.parquet")
    key = pq.read_table(file)["sealed_key"][0].as_py()
    shop.execute("update archive_catalog.subject_keys set wrapped_key = null where key_id = %s", key)

    assert opened(shop, settings, file, "raw_seq", [key]) == [(2,), (4,), (5,)]
    assert opened(shop, settings, file, "raw_seq, raw_data")[0] == (1, None)


def model_of(tmp_path: Path, format: str, column: dict[str, Any]) -> ObjectModel:
    schema: dict[str, Any] = SALE["table_schema"]  # type: ignore[assignment]  # a dict of many kinds of values
    columns = [*schema["columns"], {"name": "person", **column}]
    model = SALE | {
        "subject_column": "person",
        "source": {"format": format},
        "table_schema": schema | {"columns": columns},
    }
    return load_library(write_definitions(tmp_path / f"of_{format}", model)).object("SALE")


def told(shop: Shop, model: ObjectModel, *messages: Any) -> list[str | None]:
    """The subjects PostgreSQL takes out of these messages."""
    rows = shop.execute(
        f"select {subject_expression(model, SCHEMA)} from (select null::text as raw_id, value::json as raw_data"
        " from unnest(%s::text[]) with ordinality as t (value, n) order by n) as raw",
        [m if isinstance(m, str) else json.dumps(m) for m in messages],
    )
    return [row[0] for row in rows]


def test_the_subject_is_what_staging_would_load(shop: Shop, tmp_path: Path) -> None:
    model = model_of(tmp_path, "json", {"type": "bigint", "source_path": "who.number"})

    messages = [{"who": {"number": n}} for n in (7, "007", "7.0", "x", None)]
    assert told(shop, model, *messages, "[1]", "3") == ["7", "7", "7", None, None, None, None]


def test_a_change_tells_of_whoever_stands_before_and_after(shop: Shop, tmp_path: Path) -> None:
    model = model_of(tmp_path, "debezium", {"type": "text"})
    ada, bo = {"sale_id": 1, "person": "Ada"}, {"sale_id": 1, "person": "Bo"}

    found = told(
        shop, model, {"op": "c", "after": ada}, {"op": "u", "before": ada, "after": bo}, {"op": "d", "before": ada},
        {"op": "u", "before": ada, "after": {"sale_id": 1}}, {"op": "x"},
    )  # fmt: skip

    assert found == ["Ada", f"Ada{BETWEEN}Bo", "Ada", "Ada", None]


def test_a_foreign_key_says_whose_numbers_these_are(tmp_path: Path) -> None:
    owner = SALE | {"code": "OWNER", "table_schema": SALE["table_schema"] | {"table_name": "owners"}}  # type: ignore[operator]  # as above
    schema: dict[str, Any] = SALE["table_schema"]  # type: ignore[assignment]  # as above
    columns = [*schema["columns"], {"name": "owner", "type": "bigint", "foreign_key": "owners.sale_id"}]
    sale = SALE | {"subject_column": "owner", "table_schema": schema | {"columns": columns}}
    library = load_library(write_definitions(tmp_path / "linked", sale, owner))

    assert subject_kind(library.object("SALE"), library.tables) == "owners.sale_id"

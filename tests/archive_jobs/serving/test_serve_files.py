"""What the files under the service tell by themselves, and what becomes of one that is another than was archived."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from served_shop import CANARIES, ServedShop, problem

from archive_jobs import failpoints

PERSONAL = ("email", "phone")
# A few kilobytes that are a million rows.
_BOMB_ROWS = 1_000_000


def files(served: ServedShop) -> list[Path]:
    return sorted((served.shop.lake / "analytics_service/analytics/purchases").rglob("*.parquet"))


@contextmanager
def replaced(file: Path, content: bytes) -> Iterator[None]:
    before = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)
        file.chmod(0o444)


def test_13_neither_a_footer_nor_a_page_holds_personal_data_in_the_clear(served: ServedShop) -> None:
    assert files(served)
    for file in files(served):
        footer = pq.read_metadata(file)
        columns = [
            footer.row_group(group).column(n)
            for group in range(footer.num_row_groups)
            for n in range(footer.num_columns)
        ]
        assert {column.path_in_schema for column in columns} >= set(PERSONAL)
        for column in columns:
            if column.path_in_schema in PERSONAL and column.statistics and column.statistics.has_min_max:
                # Least and greatest of what stands in the file: a token, or what is left of a masked text.
                said = f"{column.statistics.min} {column.statistics.max}"
                assert said.startswith("tok_") or "***" in said, said
        texts = pq.read_table(file, columns=list(PERSONAL)).to_pylist()
        assert not any("@example.com" in str(row) or "+49 170" in str(row) for row in texts)
        assert not any(canary in str(row) for canary in CANARIES.values() for row in texts)


def test_28_a_bomb_in_the_place_of_a_file_is_stopped_by_its_checksum_before_it_is_opened(
    served: ServedShop, tmp_path: Path
) -> None:
    victim = files(served)[0]
    schema = pq.read_schema(victim)
    row = pq.read_table(victim).slice(0, 1)
    bomb = tmp_path / "bomb.parquet"
    many = {name: pa.repeat(row[name][0], _BOMB_ROWS // 10) for name in schema.names}
    with pq.ParquetWriter(bomb, schema, compression="zstd") as writer:
        for _ in range(10):
            writer.write_table(pa.table(many, schema=schema))
    assert bomb.stat().st_size < 2 << 20

    with replaced(victim, bomb.read_bytes()):
        stopped = served.retrieve(None)
        failpoints.disabled_guards.add("reader.sha256")
        let_in = served.get("/api/v1/retrieve", None, table_name="purchases", start_time="2024-01-01",
                            end_time="2024-12-31", limit=1)  # fmt: skip
        failpoints.disabled_guards.clear()

    assert (stopped.status_code, problem(stopped)["type"]) == (503, "urn:archive-jobs:unavailable")
    assert let_in.status_code == 200, let_in.text

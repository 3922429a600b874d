"""The demo's raw files and the ledger that says what must become of them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.library import load_library
from demo.shop_data import LandingFile, ShopData, ledger_as_json, make_shop_data
from demo.shop_ledger import OUTCOME_OF, ObjectBook, Sent, ShopObject

DEFINITIONS = Path(__file__).parents[2] / "definitions"
LAST_DAY = date(2026, 11, 20)


def make_short_shop(folder: Path) -> ShopData:
    """Four months of the shop: 60 days hot and 60 archived before the second batch arrives."""
    return make_shop_data(folder, days=120, last_day=LAST_DAY, later_days=30, hot_days=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def data(folder: Path) -> ShopData:
    return make_short_shop(folder)


def records_of(file: LandingFile) -> int:
    """Count the records of a file without the code that wrote them."""
    if file.format == "parquet":
        return pq.read_metadata(file.path).num_rows
    content = file.path.read_bytes()
    if file.format == "json":
        return len(json.loads(content))
    return content.count(b"\n") - (file.format == "csv")


def is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_every_line_of_the_ledger_adds_up(data: ShopData) -> None:
    for line in data.ledger.lines:
        assert sum(line.kinds.values()) == sum(line.outcomes.values()) == line.records


def test_what_was_planted_gives_the_outcomes_that_the_rules_give(data: ShopData) -> None:
    for line in data.ledger.lines:
        planted = Counter[str]()
        for kind, count in line.kinds.items():
            planted[OUTCOME_OF.get(kind, "rejected")] += count

        assert planted == line.outcomes, (line.table_name, line.batch)


def test_each_kind_of_record_with_a_past_is_planted(data: ShopData) -> None:
    planted = {kind for line in data.ledger.lines for kind in line.kinds}

    assert planted >= set(OUTCOME_OF)


def test_files_hold_as_many_records_as_the_ledger_says(data: ShopData) -> None:
    found = {(file.table_name, file.batch): records_of(file) for file in data.files}

    assert found == {(line.table_name, line.batch): line.records for line in data.ledger.lines}


def test_history_ends_with_exactly_what_jafgen_made_up(data: ShopData, folder: Path) -> None:
    made_up = {}
    for path in (folder / "jaffle-data").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            made_up[path.stem.removeprefix("raw_")] = sum(1 for _ in csv.DictReader(file))
    made_up["order_items"] = made_up.pop("items")

    assert data.ledger.rows_in_history == made_up


def test_unreadable_lines_are_as_many_as_were_broken(data: ShopData) -> None:
    kinds = {(line.table_name, line.batch): line.kinds for line in data.ledger.lines}
    for file in data.files:
        if file.format == "ndjson":
            unreadable = sum(not is_json(line) for line in file.path.read_bytes().splitlines())
            broken = kinds[file.table_name, file.batch]

            assert unreadable == broken.get("truncated", 0) + broken.get("invalid_utf8", 0)


def test_at_most_one_record_in_a_hundred_is_rejected_in_the_large_files(data: ShopData) -> None:
    for line in data.ledger.lines:
        if line.records > 1000:
            assert line.outcomes["rejected"] <= line.records / 100


def test_no_two_files_of_an_object_are_the_same(data: ShopData) -> None:
    contents = [(file.object_code, file.path.read_bytes()) for file in data.files]

    assert len(set(contents)) == len(contents)


def test_the_shop_ends_in_the_week_before_the_last_day_and_sends_nothing_from_the_future(
    data: ShopData,
) -> None:
    orders = (json.loads(line) for line in data.batch(2)[4].path.read_bytes().splitlines() if is_json(line))
    latest = max(order["updated_at"] for order in orders if isinstance(order, dict))

    assert 0 <= (LAST_DAY - data.last_day).days < 7
    assert latest[:10] <= LAST_DAY.isoformat()


def test_every_payload_has_a_value_for_every_declared_column_or_one_that_may_be_missing(data: ShopData) -> None:
    library = load_library(DEFINITIONS)
    for file in data.files:
        columns, sent = library.object(file.object_code).columns, first_payload(file).keys()
        unsent = [column for column in columns if column.payload_path[0] not in sent]

        assert sent <= {column.payload_path[0] for column in columns}, file.path
        # The library's order is more than a cafe's: also what other shops send of one.
        assert unsent == [] or file.object_code == "ORDER", file.path
        assert all(column.nullable or column.default is not None or column.expression for column in unsent), unsent


def first_payload(file: LandingFile) -> dict[str, Any]:
    if file.format == "parquet":
        return dict.fromkeys(pq.read_schema(file.path).names)
    if file.format == "csv":
        with file.path.open(newline="", encoding="utf-8", errors="replace") as text:
            return dict.fromkeys(next(csv.reader(text)))
    if file.format == "json":
        return dict(json.loads(file.path.read_bytes())[0])
    return dict(next(json.loads(line) for line in file.path.read_bytes().splitlines() if is_json(line)))


def test_the_same_seed_plants_the_same_defects(data: ShopData, tmp_path: Path) -> None:
    again = make_short_shop(tmp_path)

    assert ledger_as_json(again.ledger) == ledger_as_json(data.ledger)


ORDERS = ShopObject("ORDER", "orders", ("id",), time="at")


def sent(updated_at: str, total: int = 1) -> Sent:
    return Sent("any", {"id": 1, "at": "2026-01-01T00:00:00Z", "updated_at": updated_at, "total": total})


def test_of_two_equal_records_in_a_batch_one_is_loaded() -> None:
    assert ObjectBook(ORDERS).take_batch([sent("1"), sent("1")]) == {"loaded": 1, "duplicate": 1}


def test_a_repeat_of_a_row_in_layer_2_is_a_duplicate_and_one_of_an_archived_row_is_loaded() -> None:
    hot, archived = ObjectBook(ORDERS), ObjectBook(ORDERS)
    for book in (hot, archived):
        book.take_batch([sent("1")])
    archived.archive_before(date(2026, 1, 2))

    assert hot.take_batch([sent("1")]) == {"duplicate": 1}
    assert archived.take_batch([sent("1")]) == {"loaded": 1}
    assert len(archived.history) == 1


def test_an_older_version_never_replaces_a_newer_one() -> None:
    book = ObjectBook(ORDERS)
    book.take_batch([sent("2")])

    assert book.take_batch([sent("1")]) == {"superseded": 1}
    assert book.take_batch([sent("3", total=2), sent("2")]) == {"loaded": 1, "superseded": 1}


def test_an_equal_order_with_another_content_is_settled_by_arrival() -> None:
    book = ObjectBook(ORDERS)
    book.take_batch([sent("1", total=1)])

    assert book.take_batch([sent("1", total=2)]) == {"loaded": 1}


def test_too_few_days_for_two_batches_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="expected more days than the second batch's 42, found 30"):
        make_shop_data(tmp_path, days=30)

    assert list(tmp_path.iterdir()) == []

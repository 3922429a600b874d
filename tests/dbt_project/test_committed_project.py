"""The committed project: its library on an empty PostgreSQL, then two batches of a short shop and what became of them.

One file, because dbt takes as long to read the project as to build the shop.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from dbt.contracts.graph.manifest import Manifest
from platform_under_test import SCHEMA, Platform, fresh_database
from running import REPOSITORY, Ended, Project

from definitions_to_dbt.library import load_library
from demo import scor, shop_data
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.shop_batches import shop_batches
from demo.shop_data import ShopData
from demo.shop_ledger import OUTCOME_OF, Sent
from landing import load_file

TABLES = ("stores", "products", "supplies", "customers", "orders", "order_items", "tweets")


class BuiltShop:
    """The shop after both batches, and how its builds ended."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.platform = platform
        self.sent: dict[str, list[Sent]] = {}
        self.data = self._make(folder)
        self.first = self._land_and("run", 1)
        self.build = self._land_and("build", 2)
        self.after_build = platform.contents()
        self.another_run = platform.project.dbt("run", "--selector", "shop")
        self.after_another = platform.contents()

    def _make(self, folder: Path) -> ShopData:
        """The shop's files, while the records written into them are noted in their order."""

        def noting(*arguments: object) -> dict[str, list[list[Sent]]]:
            batches = shop_batches(*arguments)  # type: ignore[arg-type]
            self.sent = {table: [record for batch in found for record in batch] for table, found in batches.items()}
            return batches

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shop_data, "shop_batches", noting)
            return shop_data.make_shop_data(folder, days=60, last_day=date.today(), later_days=20, hot_days=None)

    def _land_and(self, command: str, number: int) -> Ended:
        library = load_library(self.platform.project.definitions)
        if number == 1:
            # What Layer 1 names by its code must be there, as in the demo.
            for listed in scor.reference_files():
                load_file(self.platform.connection, library.object(listed.object_code), listed.path)
        for file in self.data.batch(number):
            load_file(self.platform.connection, library.object(file.object_code), file.path, file_format=file.format)
        return self.platform.project.dbt(command, "--selector", "shop")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The committed project, which dbt reads once."""
    target = tmp_path_factory.mktemp("committed") / "target"
    return Project(REPOSITORY / "dbt_project", target, REPOSITORY / "definitions")


@pytest.fixture(scope="module")
def shop(server: EmbeddedPostgres, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltShop]:
    folder = tmp_path_factory.mktemp("shop")
    with fresh_database(server, folder), psycopg.connect(autocommit=True) as connection:
        yield BuiltShop(folder, Platform(project, connection))


def manifest_of(project: Project) -> Manifest:
    """What dbt read."""
    read = (project.target_path / "postgres" / "partial_parse.msgpack").read_bytes()
    return Manifest.from_msgpack(read)  # type: ignore[no-untyped-call,no-any-return]


def some_of_each_kind(project: Project) -> list[str]:
    """Names of data tests that PostgreSQL runs: the first of each kind in each folder, or all."""
    nodes = manifest_of(project).nodes
    engines = {name: (node.config.meta or {}).get("engine", "") for name, node in nodes.items()}
    found: dict[tuple[str, str], list[str]] = {}
    for node in sorted(nodes.values(), key=lambda node: node.unique_id):
        if node.resource_type != "test" or any(engines.get(one) == "duckdb" for one in node.depends_on.nodes):
            continue
        kind = getattr(node, "test_metadata", None)
        found.setdefault((kind.name if kind else node.name, str(Path(node.original_file_path).parent)), []).append(node.name)
    most = None if os.environ.get("WHOLE_LIBRARY") else 1
    return [name for names in found.values() for name in names[:most]]


# First, because the shop keeps the database for itself from then on.
@pytest.mark.long
def test_the_whole_library_builds_on_an_empty_database_and_every_example_becomes_its_row(
    server: EmbeddedPostgres, project: Project, tmp_path: Path
) -> None:
    """Data tests over empty tables pass or do not compile: of each kind a few, all with WHOLE_LIBRARY=1."""
    with fresh_database(server, tmp_path):
        ended = project.dbt("build", "--exclude-resource-type", "test")
        tested = project.dbt("test", "--select", *some_of_each_kind(project))

    for done in (ended, tested):
        # Layer 1 may name rows, such as a process, that no source has sent yet: a warning.
        assert {name: said for name, said in done.failed.items() if not said.startswith("warn")} == {}, done.warnings
        assert done.success, done.warnings
    for model in load_library(project.definitions).objects:
        assert ended.statuses[f"{model.table_name}_read"] == "success"
        assert ended.of("stg_", f"__{model.table_name}__examples") == "pass"


def test_everything_is_described_and_every_column_that_stands_in_the_database(shop: BuiltShop) -> None:
    manifest = manifest_of(shop.platform.project)
    shown = [node for node in manifest.nodes.values() if node.resource_type in ("model", "seed", "analysis")]
    every = [*shown, *manifest.sources.values(), *manifest.exposures.values(), *manifest.metrics.values()]
    every += manifest.semantic_models.values()

    assert [node.unique_id for node in every if not node.description] == []
    answered = [*shown, *manifest.sources.values(), *manifest.metrics.values()]
    assert [node.unique_id for node in answered if not (node.config.meta or {}).get("owner")] == []
    columns = {node.name: node.columns for node in [*shown, *manifest.sources.values()]}
    assert [name for name, found in columns.items() if not found] == []
    assert [(name, one) for name, found in columns.items() for one in found if not found[one].description] == []
    standing = shop.platform.rows(
        "select table_name, column_name from information_schema.columns where table_schema = %s", SCHEMA
    )
    assert [one for one in standing if one[0] in columns and one[1] not in columns[one[0]]] == []


def test_a_build_warns_of_nothing_and_fails_nowhere(shop: BuiltShop) -> None:
    for ended in (shop.first, shop.build, shop.another_run):
        assert ended.failed == {}
        assert ended.warnings == []
        assert ended.success


@pytest.mark.parametrize("table", TABLES)
def test_every_kind_of_record_gets_the_one_outcome_that_was_planned(shop: BuiltShop, table: str) -> None:
    outcomes = [outcome for outcome, _ in shop.platform.outcomes(table).values()]

    found: dict[str, Counter[str | None]] = {}
    for record, outcome in zip(shop.sent[table], outcomes, strict=True):
        found.setdefault(record.kind, Counter())[outcome] += 1

    # Of an intact record and its repeat or correction, the last to arrive is loaded: which one, is left open.
    pairs = [found.pop(kind) for kind in ("intact", "repeat", "correction") if kind in found]
    planned = Counter(record.kind for record in shop.sent[table])
    for kind, counts in found.items():
        assert counts == {OUTCOME_OF.get(kind, "rejected"): planned[kind]}, kind
    changed = {outcome: planned[kind] for kind, outcome in (("repeat", "duplicate"), ("correction", "superseded"))}
    assert sum(pairs, Counter()) == +Counter({"loaded": planned["intact"], **changed})


@pytest.mark.parametrize("table", TABLES)
def test_landed_is_loaded_and_rejected_and_superseded_and_duplicate(shop: BuiltShop, table: str) -> None:
    books = shop.data.ledger.of(table)

    counts = shop.platform.counts(table)

    assert sum(counts.values()) == books["landed"]
    assert dict(counts) == {outcome: n for outcome, n in books.items() if outcome != "landed" and n}
    ledger = "select sum(claimed), sum(loaded), sum(rejected), sum(superseded), sum(duplicate)"
    assert shop.platform.rows(f"{ledger} from {SCHEMA}.transform_batches where table_name = %s", table) == [
        tuple(books[name] for name in ("landed", "loaded", "rejected", "superseded", "duplicate"))
    ]


@pytest.mark.parametrize("table", TABLES)
def test_layer_2_holds_each_object_once(shop: BuiltShop, table: str) -> None:
    rows = shop.platform.value(f"select count(*) from {SCHEMA}.{table} where not _deleted")

    assert rows == shop.data.ledger.rows_in_history[table]


@pytest.mark.parametrize("table", ["customers", "orders", "products"])
def test_write_read_and_source_tables_have_the_names_that_users_know(shop: BuiltShop, table: str) -> None:
    for name in (table, f"{table}_read", f"source_{table}"):
        assert shop.platform.value("select to_regclass(%s)", f"{SCHEMA}.{name}") is not None, name


def test_the_orders_total_is_what_the_shop_took(shop: BuiltShop) -> None:
    total = shop.platform.value(f"select sum(order_total) from {SCHEMA}.orders where not _deleted")

    assert total == shop.data.ledger.order_total_cents


def test_another_run_changes_no_row(shop: BuiltShop) -> None:
    assert shop.after_another == shop.after_build


def test_flagged_records_are_kept_with_their_issue(shop: BuiltShop) -> None:
    planted = sum(line.flagged for line in shop.data.ledger.lines if line.table_name == "orders")

    flagged = shop.platform.value(f"select count(*) from {SCHEMA}.orders where _quality_issues <> '{{}}'")

    assert flagged == planted > 0


def test_unreadable_records_are_rejected_as_unreadable(shop: BuiltShop) -> None:
    reasons = Counter(reason for found in shop.platform.reasons("orders").values() for reason in found)

    kinds = Counter(record.kind for record in shop.sent["orders"])
    assert reasons["payload: not readable as JSON"] == kinds["truncated"] + kinds["invalid_utf8"]
    assert reasons["payload: not a JSON object"] == kinds["not_an_object"]

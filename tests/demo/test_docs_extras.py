"""What the docs site says beyond dbt, laid over a manifest of a few nodes; and the pages in a browser."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive_jobs.keeping.status import TableStatus
from benchmarks.docs_site import browser
from definitions_to_dbt.column_lineage import column_lineage
from definitions_to_dbt.library import Library, load_library
from definitions_to_dbt.render import render
from demo.docs_archive import add_archive
from demo.docs_extras import add_origins, linked
from demo.docs_modules import add_modules
from demo.docs_site import page_of
from demo.docs_trim import trim
from demo.lineage_page import lineage_page

REPOSITORY = Path(__file__).parents[2]
PAGES = {"orders": "#!/model/model.platform.orders", "stg_commerce__orders": "#!/model/model.platform.stg"}
BLOCK = re.compile(r"{% docs (\w+) %}\n(.*){% enddocs %}", re.DOTALL)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(REPOSITORY / "definitions")


def archived(table: str, kind: str, verified_at: datetime | None) -> TableStatus:
    """What the catalogue says of a table of which two months are archived."""
    first, last = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    counts = {"units": 61, "rows": 12345, "bytes": 2_500_000, "dropped_rows": 0, "revision": 1}
    counted = ("in_flight", "abandoned", "held_back", "late_units", "restored_units", "purging_units", "also_hot_rows")
    rest = dict.fromkeys(counted, 0)
    return TableStatus(
        schema="analytics_service", table=table, kind=kind, first=first, last=last, last_archived=last,
        verified_at=verified_at, last_reason=None, lag_seconds=None, last_failures=[], **counts, **rest,
    )  # fmt: skip


CHECKED = datetime(2024, 10, 1, 12, 30, tzinfo=UTC)
STATUS = [archived("orders", "analytics", CHECKED), archived("orders", "source", None)]


@pytest.mark.parametrize(
    ("model", "column", "said"),
    [
        ("stg_commerce__orders", "customer_id", "From `source_orders.$.customer`."),
        ("orders", "customer_id", "From [`stg_commerce__orders.customer_id`](#!/model/model.platform.stg);"
         " received as `source_orders.$.customer`."),
        ("orders_read", "customer_name", "From `customers.customer_name`; received as `source_customers.$.name`."),
        ("orders_read", "_loaded_at", ""),
        ("suppliers_read", "contact_email",
         "Token of `suppliers.contact_email`; received as `source_suppliers.$.contact.email`."),
    ],
)  # fmt: skip
def test_a_column_says_where_it_comes_from(library: Library, model: str, column: str, said: str) -> None:
    nodes = {"one": {"name": model, "columns": {column: {"description": "What it is."}}}}

    add_origins({"nodes": nodes}, column_lineage(library), PAGES)

    leads = f" [Lineage](lineage.html#{model}.{column})" if said else ""
    assert nodes["one"]["columns"][column]["description"] == f"What it is. {said}{leads}".strip()  # type: ignore[index]


def manifest_of(library: Library) -> dict[str, Any]:
    """The parts of a manifest that the pages of modules need: a source, a chain of models up to a mart, the pages."""
    chain = ["source_orders", "orders", "history_orders", "mart_daily_sales"]
    nodes = {
        f"model.platform.{name}": {
            "name": name, "unique_id": f"model.platform.{name}", "resource_type": "model", "package_name": "platform",
            "fqn": ["platform", "marts" if "mart" in name else "layer2", "commerce", name], "columns": {}, "tags": [],
            "description": "One row per store and day. And more.", "config": {"meta": {"owner": "Shop"}},
            "original_file_path": f"models/{name}.sql", "path": f"{name}.sql", "raw_code": "select 1", "refs": [],
            "depends_on": {"nodes": []}, "docs": {"show": True}, "language": "sql", "checksum": "0", "database": "p",
            "schema": "s", "alias": name, "access": "protected", "version": None, "contract": {"enforced": False},
        }
        for name in chain[1:]
    }  # fmt: skip
    texts = {path: file.text for path, file in render(library).items() if path.endswith(".md")}
    found = [BLOCK.search(text) for text in texts.values() if "{% docs" in text]
    blocks = {block[1]: block[2] for block in found if block} | {"__overview__": "# First page\n"}
    parents = dict(zip([f"model.platform.{name}" for name in chain[1:]], chain, strict=False))
    return {
        "metadata": {"adapter_type": "duckdb"}, "nodes": nodes, "macros": {}, "exposures": {}, "metrics": {},
        "semantic_models": {}, "saved_queries": {}, "unit_tests": {}, "functions": {}, "groups": {}, "selectors": {},
        "sources": {
            "source.platform.commerce.source_orders": {
                "name": "source_orders", "source_name": "commerce", "description": "Records.", "columns": {},
                "resource_type": "source", "source_description": "Layer 3.", "fqn": ["platform", "commerce"],
                "unique_id": "source.platform.commerce.source_orders", "package_name": "platform", "tags": [],
            }
        },
        "docs": {
            f"doc.platform.{name}": {"name": name, "package_name": "platform", "block_contents": text}
            for name, text in blocks.items()
        },
        "parent_map": {child: [f"model.platform.{parent}"] for child, parent in parents.items()}, "child_map": {},
    }  # fmt: skip


def test_the_page_of_a_module_shows_diagram_marts_and_what_is_archived(library: Library) -> None:
    manifest = manifest_of(library)

    add_modules(manifest, library, STATUS)

    text = manifest["docs"]["doc.platform.__module_commerce__"]["block_contents"]
    picture = re.search(r"base64,([^)]+)\)", text)
    assert picture
    assert ">orders</text>" in base64.b64decode(picture[1]).decode()
    assert "| `mart_daily_sales` | One row per store and day. | Shop |" in text
    checked = "All of it verified since 2024-10-01 12:30 UTC."
    assert f"| `orders` | {checked} | 2024-05-01 | 2024-06-30 | 12,345 | 2.5 |" in text
    assert "| Not all of it was verified since it was written. |" in text
    assert "(#!/overview/module_commerce)" in manifest["docs"]["doc.platform.__overview__"]["block_contents"]
    (source,) = manifest["sources"].values()
    assert "(#!/overview/module_commerce)" in source["source_description"]
    assert "mart_daily_sales" not in manifest["docs"]["doc.platform.__module_finance__"]["block_contents"]


def test_a_table_says_what_of_it_is_in_the_lake(library: Library) -> None:
    manifest = manifest_of(library)

    add_archive(manifest, library, STATUS)

    said = "**In the lake:** aged rows of 2024-05-01 to 2024-06-30, 12,345 in 61 units, 2.5 MB. All of it verified"
    for name in ("orders", "history_orders"):
        assert said in manifest["nodes"][f"model.platform.{name}"]["description"]
    assert "lake" not in manifest["nodes"]["model.platform.mart_daily_sales"]["description"]
    (source,) = manifest["sources"].values()
    assert "**In the lake:** raw records of" in source["description"]


def test_a_name_that_has_a_page_leads_there() -> None:
    assert linked("`orders`, `other`, [`orders`](x)", PAGES) == (
        "[`orders`](#!/model/model.platform.orders), `other`, [`orders`](x)"
    )


@pytest.fixture
def dom_of(tmp_path: Path) -> Callable[[str, str], str]:
    """What stands in a page once its scripts have run."""
    program = browser()
    if program is None:
        pytest.skip("Chromium is missing: apt-get install chromium")

    def dump(text: str, place: str) -> str:
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        found = subprocess.run(
            [program, *options, f"--user-data-dir={tmp_path}/profile", "--virtual-time-budget=10000", "--dump-dom",
             f"file://{tmp_path}/page.html{place}"],
            capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        return re.sub(r"<script.*?</script>", "", found.stdout, flags=re.DOTALL)

    return dump


def test_the_page_of_a_module_opens_in_a_browser(library: Library, dom_of: Callable[[str, str], str]) -> None:
    manifest = manifest_of(library)
    add_modules(manifest, library, STATUS)
    trim(manifest)

    shown = dom_of(page_of(manifest, {"nodes": {}, "sources": {}}), "#!/overview/module_commerce")

    assert re.search(r"<h1[^>]*>Commerce</h1>", shown)
    assert '<img src="data:image/svg+xml;base64,' in shown
    assert re.search(r"<td[^>]*>[^<]*Average order value", shown)
    # The tree holds what somebody has opened, and no more.
    assert 'data-nav-unique-id="model.platform.orders"' not in shown


def test_a_contract_is_left_in_what_the_page_says_of_a_model(library: Library) -> None:
    manifest = manifest_of(library)
    manifest["nodes"]["model.platform.orders"]["config"]["contract"] = {"enforced": True, "alias_types": True}

    trim(manifest)

    assert manifest["nodes"]["model.platform.orders"]["config"]["contract"]["enforced"] is True


def test_a_model_opens_with_its_place_in_the_tree(library: Library, dom_of: Callable[[str, str], str]) -> None:
    manifest = manifest_of(library)
    add_archive(manifest, library, STATUS)
    trim(manifest)

    shown = dom_of(page_of(manifest, {"nodes": {}, "sources": {}}), "#!/model/model.platform.orders")

    assert 'data-nav-unique-id="model.platform.orders"' in shown
    assert "aged rows of 2024-05-01 to 2024-06-30" in shown


def test_the_lineage_of_a_column_is_drawn_in_a_browser(library: Library, dom_of: Callable[[str, str], str]) -> None:
    page = lineage_page(column_lineage(library), library, PAGES)

    shown = dom_of(page, "#orders.order_total")

    boxes = re.findall(r'<div class="column (\w+)( asked)?[^>]*title="([^" ]+)', shown)
    assert ("write", " asked", "orders.order_total") in boxes
    assert {"source_orders.$.order_total", "history_orders.order_total"} <= {name for _, _, name in boxes}
    assert "kpi:AVERAGE_ORDER_VALUE.numerator" in {name for _, _, name in boxes}
    assert 'href="index.html#!/model/model.platform.orders"' in shown


def test_no_data_can_end_the_script_of_the_lineage(library: Library) -> None:
    page = lineage_page(column_lineage(library), library, {"orders": "</script><b>"})

    assert "</script><b>" not in page
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert data
    assert json.loads(data[1])["models"]["orders"] == ["write", "</script><b>"]

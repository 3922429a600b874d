"""What the docs site says beyond dbt, laid over a manifest of a few nodes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from definitions_to_dbt.column_lineage import column_lineage
from definitions_to_dbt.library import Library, load_library
from demo.docs_extras import add_diagrams, add_origins

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(REPOSITORY / "definitions")


@pytest.mark.parametrize(
    ("model", "column", "said"),
    [
        ("stg_commerce__orders", "customer_id", "From `source_orders.$.customer`."),
        ("orders", "customer_id", "From `stg_commerce__orders.customer_id`; received as `source_orders.$.customer`."),
        ("orders_read", "customer_name", "From `customers.customer_name`; received as `source_customers.$.name`."),
        ("orders_read", "_loaded_at", ""),
        ("suppliers_read", "contact_email",
         "Token of `suppliers.contact_email`; received as `source_suppliers.$.contact.email`."),
    ],
)  # fmt: skip
def test_a_column_says_where_it_comes_from(library: Library, model: str, column: str, said: str) -> None:
    nodes = {"one": {"name": model, "columns": {column: {"description": "What it is."}}}}

    add_origins({"nodes": nodes}, column_lineage(library))

    assert nodes["one"]["columns"][column]["description"] == f"What it is. {said}".strip()  # type: ignore[index]


def test_the_page_of_a_module_shows_its_diagram_and_the_first_page_leads_there(library: Library) -> None:
    sources = {
        name: {"name": name, "source_name": "commerce", "source_description": "Layer 3."}
        for name in ("source_orders", "source_customers")
    }
    manifest: dict[str, Any] = {"sources": sources, "docs": {"o": {"name": "__overview__", "block_contents": "Hello."}}}

    add_diagrams(manifest, library)

    assert sources["source_orders"]["source_description"] == "Layer 3."
    picture = sources["source_customers"]["source_description"].partition("base64,")[2].rstrip(")")
    assert ">orders</text>" in base64.b64decode(picture).decode()
    assert "[COMMERCE](#!/source_list/commerce)" in manifest["docs"]["o"]["block_contents"]

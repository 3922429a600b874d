"""Who answers for what is generated: whom the object names, else its module."""

from __future__ import annotations

from pathlib import Path

from dbt.clients.yaml_helper import load_yaml_text
from shop_of_things import SHELF, write_library

from definitions_to_dbt.library import load_library
from definitions_to_dbt.render import render


def test_what_is_generated_names_the_objects_owner_or_the_modules(tmp_path: Path) -> None:
    module = {"code": "SHOP", "name": "Shop", "owner": "Shop operations"}
    files = {"modules/SHOP.json": module, "object_models/shop/shelf.json": {**SHELF, "owner": "Carpentry"}}

    texts = render(load_library(write_library(tmp_path, files)))

    named: dict[str, str] = {}
    for path in texts:
        if path.endswith((".yml", ".yaml")) and "/shop/" in path and "semantic" not in path:
            content = load_yaml_text(texts[path].text)
            tables = [table for source in content.get("sources", []) for table in source["tables"]]
            named |= {one["name"]: one["config"]["meta"]["owner"] for one in [*content.get("models", []), *tables]}
    expected = {name: "Carpentry" if "shelves" in name else "Shop operations" for name in named}
    assert named == expected
    assert {"source_things", "stg_shop__things", "things", "things_read", "rejected_things", "history_things"} <= set(
        named
    )
    assert {"shelves", "shelves_read", "shelves_versions"} & set(named)

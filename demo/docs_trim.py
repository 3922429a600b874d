"""What of dbt's manifest the docs site never shows, left out: the browser reads all of it before it shows anything."""

from __future__ import annotations

from typing import Any

# Found by looking for each key in the script of dbt's page: none of these is named there.
_NEVER_READ = frozenset(
    (
        "attached_node", "build_path", "checksum", "compiled_path", "config_call_dict", "created_at", "data_type",
        "deprecation_date", "dimension", "doc_blocks", "extra_ctes", "extra_ctes_injected", "file_key_name",
        "freshness", "granularity", "patch_path", "quote", "relation_name", "root_path", "time_spine",
        "unrendered_config",
    )
)  # fmt: skip
_CONFIG = frozenset(("contract", "enabled", "materialized", "meta", "severity"))
_PARTS = ("nodes", "sources", "exposures", "metrics", "semantic_models")


def trim(manifest: dict[str, Any]) -> None:
    """Leave out of every node, and of its columns, what is never read or empty."""
    for part in _PARTS:
        for node in manifest.get(part, {}).values():
            for name in _NEVER_READ & node.keys():
                del node[name]
            node["config"] = {name: value for name, value in node.get("config", {}).items() if name in _CONFIG}
            for name, column in node.get("columns", {}).items():
                node["columns"][name] = {
                    key: value
                    for key, value in column.items()
                    if key not in _NEVER_READ and key != "config" and value not in (None, [], {})
                }

"""dbt over a schema beside the platform's, without reading the whole project a second time: a process of its own.

dbt keeps what it has read of a project for one schema only; of another it reads every file anew, which takes most of a
replay. Here it reads what has changed since, for the platform's schema, and is told that its relations stand elsewhere.

    python -m archive_jobs.replaying.dbt_beside PLATFORM SCHEMA TARGET_PATH WORD...
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from dbt.cli.main import dbtRunner

_QUIET = ("--no-version-check", "--no-use-colors", "--quiet", "--no-write-json")


def elsewhere(manifest: Any, platform: str, schema: str) -> Any:
    """The same project with every relation of the platform's schema in the other one."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        if getattr(node, "schema", None) == platform:
            node.schema = schema
            if node.relation_name:
                node.relation_name = node.relation_name.replace(f'"{platform}"', f'"{schema}"')
    manifest.build_flat_graph()
    return manifest


def run_beside(platform: str, schema: str, target_path: str, words: Sequence[str]) -> bool:
    """Run `dbt run` with these words in the schema. False where dbt failed; it has said why."""
    selected = words.index("--select")
    where = [*words[:selected], *words[selected + 3 :]]  # two selectors follow
    os.environ["ANALYTICS_SCHEMA"] = platform
    parsed = dbtRunner().invoke(["parse", *where, *_QUIET])
    if parsed.exception is not None:
        print(parsed.exception)
    if not parsed.success:
        return False
    os.environ["ANALYTICS_SCHEMA"] = schema
    manifest = elsewhere(parsed.result, platform, schema)
    ended = dbtRunner(manifest=manifest).invoke(
        ["run", *words, "--target-path", target_path, "--log-path", target_path, *_QUIET]
    )
    if ended.exception is not None:
        print(ended.exception)
    return bool(ended.success)


if __name__ == "__main__":
    sys.exit(0 if run_beside(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]) else 1)

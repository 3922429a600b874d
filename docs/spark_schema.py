"""The schema under which Spark reads the files of one attempt, from its manifest. Needs nothing but Python.

python docs/spark_schema.py LAKE/analytics_service/_manifests/orders/<attempt>.json
"""

import json
import sys
from pathlib import Path

TYPES = {
    "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint", "FLOAT": "float", "DOUBLE": "double",
    "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp_ntz", "TIMESTAMPTZ": "timestamp", "TIME": "time",
    "VARCHAR": "string", "BLOB": "binary", "UUID": "binary",
}  # fmt: skip


def spark_schema(manifest: dict) -> str:
    """Columns and types; a decimal is called the same there. A uuid comes as its 16 bytes."""
    return ", ".join(
        f"`{column['name']}` {TYPES.get(column['lake_type'], column['lake_type'].lower())}"
        for column in manifest["columns"]
    )


if __name__ == "__main__":
    print(spark_schema(json.loads(Path(sys.argv[1]).read_bytes())))

"""`lineage/columns.json`: the lineage of every column as one file, one line per column, for people, diffs and tools.

{"format": "column lineage 1", "models": {
 "orders_read": {"layer": "read", "object": "ORDER", "columns": {
  "customer_name": {"from": ["customers.name"], "how": "join"},
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from definitions_to_dbt.column_lineage import Lineage, Origin

PATH = "lineage/columns.json"
FORMAT = "column lineage 1"

_PLAIN = re.compile(r"[ !#-\[\]-~]*")


def lineage_file(lineages: Sequence[Lineage]) -> str:
    """The text of the file. Written by hand, for json.dumps takes ten times as long to break lines."""
    models = ",\n".join(_model(lineage) for lineage in lineages)
    return f'{{"format": "{FORMAT}", "models": {{\n{models}\n}}}}\n'


def _model(lineage: Lineage) -> str:
    columns = ",\n".join(f"  {_text(name)}: {_origin(origin)}" for name, origin in lineage.columns.items())
    head = f' "{lineage.model}": {{"layer": "{lineage.layer}", "object": "{lineage.object}", "columns": '
    return f"{head}{{\n{columns}}}}}"


def _origin(origin: Origin) -> str:
    made = f', "how": "{origin.how}"' if origin.how else ""
    return f'{{"from": [{", ".join(map(_text, origin.columns))}]{made}}}'


def _text(text: str) -> str:
    """A JSON string; what is plain needs no look."""
    return f'"{text}"' if _PLAIN.fullmatch(text) else json.dumps(text)

"""Foreign names as identifiers: unique, allowed, and near to what people know. Keeps no state but the names it gave."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from definitions_to_dbt.column import SYSTEM_COLUMNS
from definitions_to_dbt.sql import RESERVED
from definitions_to_dbt.table_schema import MAX_TABLE_NAME, table_name_faults

_MAX_COLUMN = 63
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ $/@:-]*")


class Identifiers:
    """Gives each foreign name one identifier, and no two the same one."""

    def __init__(self, longest: int = _MAX_COLUMN, *, for_tables: bool = False, taken: Sequence[str] = ()) -> None:
        self._longest, self._for_tables = longest, for_tables
        self._taken = set(taken)

    @classmethod
    def of_tables(cls, taken: Sequence[str] = ()) -> Identifiers:
        """Names of tables, which are also those of files and models."""
        return cls(MAX_TABLE_NAME, for_tables=True, taken=taken)

    def give(self, foreign: str) -> str:
        """Return an identifier for the name: snake case, no reserved word, none that was given before."""
        base = snake_case(foreign)[: self._longest].rstrip("_") or "unnamed"
        if self._is_reserved(base):
            base = f"{base[: self._longest - 1]}_"
        name, number = base, 1
        while name in self._taken or self._is_reserved(name):
            number += 1
            name = f"{base[: self._longest - len(str(number)) - 1].rstrip('_')}_{number}"
        self._taken.add(name)
        return name

    def _is_reserved(self, name: str) -> bool:
        if self._for_tables:
            return any(table_name_faults(name))
        return name in RESERVED or name in SYSTEM_COLUMNS


def snake_case(foreign: str) -> str:
    """`OrderID`, `order id` and `order-id` are all `order_id`. Letters outside ASCII lose their marks, or go."""
    plain = unicodedata.normalize("NFKD", foreign).encode("ascii", "ignore").decode()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return f"n{name}" if name[:1].isdigit() else name


def code_of(name: str) -> str:
    """The code of an object or module for an identifier."""
    code = snake_case(name).upper()[:_MAX_COLUMN].rstrip("_")
    return code or "UNNAMED"


def source_path(keys: Sequence[str]) -> str | None:
    """Where a value stands in the payload, as a column writes it. None where a key cannot be written."""
    written = []
    for key in keys:
        if _PLAIN_KEY.fullmatch(key):
            written.append(key)
        elif key and '"' not in key and key.isprintable():
            written.append(f'"{key}"')
        else:
            return None
    return "$." + ".".join(written)

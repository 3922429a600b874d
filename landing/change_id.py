"""The id of a record that tells of a change: the sender's own where it has one, else the key of the row it is about.

The record itself lands as it is; only its id is read from what stands inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.source_path import Step
from landing.raw_row import BusinessKey


def key_reader(obj: ObjectModel) -> BusinessKey:
    """What reads the ids of this object's records."""
    paths = [obj.column(name).payload_path for name in obj.primary_key]
    match obj.source.format:
        case "json":
            return BusinessKey(paths)
        case "cloudevents":
            return BusinessKey([("id",)])
        case _:
            return ChangeKey(paths)


class ChangeKey(BusinessKey):
    """Reads the key of the row that a change is about.

    Debezium writes a tombstone right behind the delete of the same row. In a file, where the message's own key may be
    lost, that is how a bare `null` is known; behind anything else it stays without an id.
    """

    def __init__(self, paths: Sequence[Sequence[Step]]) -> None:
        super().__init__(paths)
        self._just_deleted: bytes | None = None

    def raw_id(self, payload: Any, record: bytes | None = None) -> bytes | None:
        """Return the id of the row, None if the record does not name it."""
        if payload is None:
            found, self._just_deleted = self._just_deleted, None
            return found
        found = self.key_in(payload, record)
        self._just_deleted = found if _is_delete(_change_in(payload)) else None
        return found

    def forget(self) -> None:
        """Something came in between that could not be read."""
        self._just_deleted = None

    def _joined(self, payload: Any) -> object:
        change = _change_in(payload)
        row = super()._joined(_row_in(change))
        return row if row is not None else super()._joined(_inside_schema(_key_beside(payload)))


def _key_beside(message: Any) -> Any:
    return message.get("key") if isinstance(message, dict) and "value" in message else None


def _change_in(message: Any) -> Any:
    """What stands inside {"key": …, "value": …} and {"schema": …, "payload": …}."""
    if isinstance(message, dict) and "key" in message and "op" not in message and "value" in message:
        value = message["value"]
        message = value if value is None or isinstance(value, dict) else message
    return _inside_schema(message)


def _inside_schema(value: Any) -> Any:
    return value["payload"] if isinstance(value, dict) and "payload" in value and not _others(value) else value


def _others(value: dict[str, Any]) -> set[str]:
    return set(value) - {"schema", "payload"}


def _row_in(change: Any) -> Any:
    """The row: after or before of an envelope, the payload of a change event, else the change itself."""
    if not isinstance(change, dict):
        return None
    for place in ("after", "before") if "op" in change else ("payload",) if "metadata" in change else ():
        if isinstance(change.get(place), dict):
            return change[place]
    return change


def _is_delete(change: Any) -> bool:
    if not isinstance(change, dict):
        return False
    return change.get("op") == "d" or change.get("__op") == "d" or change.get("__deleted") in ("true", True)

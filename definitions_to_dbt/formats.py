"""The shapes in which senders tell of changes, as the SQL that opens each. Text for the staging template; runs nothing.

Every piece reads `_message` (the record), `_envelope` (the message without what the transport wrote around it) or
`_key` (the row's key, where the message or its id names it), and gives null where there is nothing to give.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from definitions_to_dbt.dbt_text import never_rendered
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.sql import quote_literal

_TOMBSTONE = "_envelope = 'null'"
_PLAIN_FIELD = re.compile(r"[A-Za-z0-9_ .-]+")


@dataclass(frozen=True)
class ChangeFormat:
    """How to open one shape: what is inside, what happened, and what says when. `faults`: condition and reason."""

    says: str
    envelope: str
    key: str
    is_delete: str
    row: str
    faults: Sequence[tuple[str, str]]
    lsn: str
    time: str
    time_name: str
    time_format: str


def change_format(model: ObjectModel) -> ChangeFormat | None:
    """How the records of the object are opened; None where a record is the row itself."""
    opens = {
        "debezium": _debezium, "debezium_unwrapped": _debezium_unwrapped, "change_event": _change_event,
        "cloudevents": _cloudevents,
    }  # fmt: skip
    return opens[model.source.format](model) if model.source.format in opens else None


def _debezium(model: ObjectModel) -> ChangeFormat:
    operation = "_envelope ->> 'op'"
    return ChangeFormat(
        says="A Debezium envelope: the row stands in after, that of a delete in before.",
        envelope="{{ kafka_value('_message', any_key=true) }}",
        key=_key_of(model, "{{ kafka_key('_message', any_key=true) }}"),
        is_delete=f"{_TOMBSTONE} or {operation} = 'd'",
        row=_first_object("_envelope -> 'before'", "_envelope -> 'after'"),
        faults=[
            *_readable(),
            (
                f"not {_TOMBSTONE} and coalesce({operation}, '') not in ('c', 'u', 'r', 'd')",
                "op: expected one of c, u, r, d",
            ),
            ("_deleted and _payload is null", "before: missing, and no key beside it"),
            ("_payload is null", "after: missing"),
            _LEFT_OUT,
        ],
        lsn="_envelope #>> '{source, lsn}'",
        time=_micros(["_envelope #>> '{source, ts_us}'"], ["_envelope #>> '{source, ts_ms}'", "_envelope ->> 'ts_ms'"]),
        time_name="ts_ms",
        time_format="epoch_microseconds",
    )


def _debezium_unwrapped(model: ObjectModel) -> ChangeFormat:
    return ChangeFormat(
        says="A record that Debezium has unwrapped: the row with __op, __deleted, __lsn and the like beside it.",
        envelope="{{ kafka_value('_message') }}",
        key=_key_of(model, "{{ kafka_key('_message') }}"),
        is_delete=f"{_TOMBSTONE} or _envelope ->> '__deleted' = 'true' or _envelope ->> '__op' = 'd'",
        row=f"case when {_TOMBSTONE} then _key else _envelope end",
        faults=[
            *_readable(),
            ("_envelope ->> '__op' not in ('c', 'u', 'r', 'd')", "__op: expected one of c, u, r, d"),
            ("_envelope ->> '__deleted' not in ('true', 'false')", "__deleted: expected true or false"),
            _LEFT_OUT,
        ],
        lsn="coalesce(_envelope ->> '__lsn', _envelope ->> '__source_lsn')",
        time=_micros(["_envelope ->> '__source_ts_us'"], ["_envelope ->> '__source_ts_ms'", "_envelope ->> '__ts_ms'"]),
        time_name="__source_ts_ms",
        time_format="epoch_microseconds",
    )


def _change_event(model: ObjectModel) -> ChangeFormat:
    operation = "lower(_envelope #>> '{metadata, operation}')"
    known = "'insert', 'create', 'update', 'read', 'snapshot', 'delete', 'c', 'i', 'u', 'r', 'd'"
    return ChangeFormat(
        says="A change event: the row in payload, what happened to it in metadata.",
        envelope="_message",
        key=_key_of(model),
        is_delete=f"{_TOMBSTONE} or {operation} in ('delete', 'd')",
        row=_first_object("_envelope -> 'payload'", "_envelope -> 'payload'"),
        faults=[
            *_readable(),
            (
                f"\n                not {_TOMBSTONE} and coalesce({operation}, '') not in (\n"
                f"                    {known}\n                )",
                "metadata.operation: expected insert, update, delete or read",
            ),
            ("_payload is null", "payload: no row in it"),
        ],
        lsn="_envelope #>> '{metadata, lsn}'",
        time="_envelope #>> '{metadata, timestamp}'",
        time_name="metadata.timestamp",
        time_format="iso",
    )


def _cloudevents(model: ObjectModel) -> ChangeFormat:
    types = ",\n                ".join(quote_literal(never_rendered(kind)) for kind in model.source.delete_types)
    field = _key_fields(model)[0] if types and len(_key_fields(model)) == 1 else None
    subject = f"jsonb_build_object({quote_literal(field)}, _message ->> 'subject')" if field else "null::jsonb"
    return ChangeFormat(
        says="A CloudEvent in structured JSON mode: the row stands in data, or base64-encoded in data_base64.",
        envelope=(
            "case\n"
            "            when jsonb_typeof(_message -> 'data_base64') = 'string'\n"
            "                then _message || jsonb_build_object(\n"
            "                    'data', {{ target.schema }}.json_of_base64(_message ->> 'data_base64')\n"
            "                )\n"
            "            else _message\n"
            "        end"
        ),
        key=(
            f"case\n            when _message ->> 'subject' is not null\n                then {subject}\n        end"
            if field
            else subject
        ),
        is_delete=f"_envelope ->> 'type' in (\n                {types}\n            )" if types else "false",
        row=_first_object("_envelope -> 'data'", "_envelope -> 'data'"),
        faults=[
            ("_envelope is null", "payload: not readable as JSON"),
            ("jsonb_typeof(_envelope) <> 'object'", "payload: not a JSON object"),
            ("_envelope ->> 'specversion' is null", "specversion: missing, so this is no CloudEvent"),
            ("_payload is null", "data: no JSON object in it"),
        ],
        lsn="null::text",
        time="_envelope ->> 'time'",
        time_name="time",
        time_format="iso",
    )


# Debezium's word for a long value that an update did not touch; to load it would overwrite the value.
_LEFT_OUT = (
    """not _deleted and jsonb_path_exists(_payload, '$.* ? (@ == "__debezium_unavailable_value")')""",
    "payload: holds __debezium_unavailable_value; the table needs REPLICA IDENTITY FULL",
)


def _readable() -> list[tuple[str, str]]:
    return [
        ("_envelope is null", "payload: not readable as JSON"),
        (f"{_TOMBSTONE} and _key is null", "payload: a tombstone that names no key"),
        (f"not {_TOMBSTONE} and jsonb_typeof(_envelope) <> 'object'", "payload: not a JSON object"),
    ]


def _first_object(deleted: str, live: str) -> str:
    """The row: of a delete what is sent of it, or at least its key."""
    return (
        "case\n"
        f"            when not _deleted and jsonb_typeof({live}) = 'object' then {live}\n"
        f"            when _deleted and jsonb_typeof({deleted}) = 'object' then {deleted}\n"
        "            when _deleted then _key\n"
        "        end"
    )


def _micros(micros: Sequence[str], millis: Sequence[str]) -> str:
    """The first time there is, in microseconds as text."""
    return "coalesce(\n            " + ", ".join([*micros, *(f"{text} || '000'" for text in millis)]) + "\n        )"


def _key_of(model: ObjectModel, sent: str = "") -> str:
    """The row's key: the message's own, else what the record's id says."""
    fields = _key_fields(model)
    if not fields:
        return "null::jsonb"
    listed = "[" + ", ".join(f"'{field}'" for field in fields) + "]"
    if not sent:
        return "{{ key_from_text('_raw_id', " + listed + ") }}"
    text = sent.replace("{{ ", "").replace(" }}", "")
    return "{{ key_of_message(" + text + ", '_raw_id', " + listed + ") }}"


def _key_fields(model: ObjectModel) -> list[str]:
    """The payload's names of the key, where each is one plain key: only then can a row be made of them."""
    paths = [model.column(name).path for name in model.primary_key if model.column(name).expression is None]
    fields = [path.steps[0] for path in paths if len(path.steps) == 1 and not path.from_envelope]
    named = [field for field in fields if isinstance(field, str) and _PLAIN_FIELD.fullmatch(field)]
    return named if len(named) == len(model.primary_key) else []

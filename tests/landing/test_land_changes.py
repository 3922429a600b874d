"""Change events: the record keeps its bytes, and its id is the sender's or the key of the row it is about."""

from __future__ import annotations

import json

import pytest

from definitions_to_dbt.errors import ProblemError
from landing import load_file

ROW = {"country": "AT", "no": 7, "name": "A"}
DELETE = {"before": {"country": "AT", "no": 7}, "after": None, "op": "d"}


def wrapped(payload):
    return {"schema": {"type": "struct"}, "payload": payload}


# Records as they are sent, and the id of each.
RECORDS = [
    ({"before": None, "after": ROW, "op": "c", "source": {"lsn": 5}}, "AT:7"),
    (wrapped({"before": ROW, "after": {**ROW, "no": 8}, "op": "u"}), "AT:8"),
    (DELETE, "AT:7"),
    (None, "AT:7"),
    (None, None),
    ({"key": wrapped({"country": "DE", "no": 9}), "value": None}, "DE:9"),
    ({"key": {"country": "DE", "no": 9}, "value": wrapped(DELETE)}, "AT:7"),
    ({"before": None, "after": ROW, "op": "c"}, "AT:7"),
    (None, None),
    (DELETE, "AT:7"),
    ('{"op": "c", "after": {"country": "AT", "no": 1e400}}', "AT:1e400"),
    ("null", None),
    ({"op": "t", "before": None, "after": None}, None),
    ({"country": "AT", "no": 7, "__deleted": "true"}, "AT:7"),
    (None, "AT:7"),
]
TEXTS = [record if isinstance(record, str) else json.dumps(record) for record, _ in RECORDS]


@pytest.mark.parametrize("as_array", [False, True], ids=["one per line", "an array"])
def test_a_file_of_envelopes_keeps_bytes_and_names_rows(connection, library, raw_rows, tmp_path, as_array):
    file = tmp_path / "changes"
    file.write_text(f"\n [{', '.join(TEXTS)}]" if as_array else "\n".join(TEXTS))

    load_file(connection, library.object("PERSON"), file, file_format="debezium")

    rows = raw_rows("source_persons")
    assert [row.text for row in rows] == TEXTS
    assert [row.raw_id for row in rows] == [raw_id for _, raw_id in RECORDS]


def test_a_tombstone_behind_what_cannot_be_read_gets_no_id(connection, library, raw_rows, tmp_path):
    file = tmp_path / "changes"
    file.write_text("\n".join([json.dumps(DELETE), '{"op": "c",', "null"]))

    load_file(connection, library.object("PERSON"), file, file_format="debezium")

    assert [row.raw_id for row in raw_rows("source_persons")] == ["AT:7", None, None]


def test_a_cloud_event_has_the_id_its_sender_gave_it(connection, library, raw_rows, tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps({"specversion": "1.0", "id": "e-1", "data": {"notice_id": "n", "body": "x"}}))

    load_file(connection, library.object("NOTICE"), file)

    assert [row.raw_id for row in raw_rows("source_notices")] == ["e-1"]


def test_envelopes_for_an_object_that_expects_none_are_refused(connection, note, tmp_path):
    file = tmp_path / "changes"
    file.write_text("\n".join(TEXTS))

    with pytest.raises(ProblemError, match="NOTE has the source format json"):
        load_file(connection, note, file, file_format="debezium")

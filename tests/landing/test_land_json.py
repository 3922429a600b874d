"""NDJSON and JSON: which bytes are a record, what can be read, and which id it gets."""

from __future__ import annotations

import gzip
import hashlib
import json

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landing import load_file
from landing.json_rows import JsonRows
from landing.raw_row import BusinessKey

RECORDS = [
    b'{"id": "1",   "remark":\t"spaces stay"}',
    b'{"id": "2", "remark": "back\\\\slash \\u00e9 \xc3\xa9 \\ud83d\\ude00"}',
    b'{"id":"3","n":1.10,"n":1e400,"big":123456789012345678901234567890}',
    b'["no", "object"]',
    b"null",
]
UNREADABLE = [
    b'{"id": "cut off',
    b'{"id": "4",}',
    b'{"id": "\xff"}',
    b'{"id": "a\x00b"}',
    b"{'id': 1}",
    b'{"a": NaN}',
    b"\xef\xbb\xbf{}",
    b"[" * 20_000 + b"]" * 20_000,  # deeper than the server's stack
]


def test_every_ndjson_record_keeps_its_bytes(connection, note, raw_rows, tmp_path):
    file = tmp_path / "notes.ndjson"
    file.write_bytes(b"\n".join([*RECORDS, *UNREADABLE]))

    result = load_file(connection, note, file)

    rows = raw_rows("source_notes")
    assert [row.text.encode() for row in rows[: len(RECORDS)]] == RECORDS
    assert [bytes(row.raw_bytes) for row in rows[len(RECORDS) :]] == UNREADABLE
    assert [row.raw_sha256 for row in rows] == [hashlib.sha256(r).hexdigest() for r in RECORDS + UNREADABLE]
    assert all(row.raw_data is None for row in rows[len(RECORDS) :])
    assert (result.records, result.unreadable) == (len(rows), len(UNREADABLE))


def test_line_ends_blank_lines_and_a_byte_order_mark_are_no_part_of_a_record(connection, note, raw_rows, tmp_path):
    file = tmp_path / "notes.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"id":"1"}\r\n\r\n  \n{"id":"2"} \n{"id":"3"}')

    load_file(connection, note, file)

    assert [row.text for row in raw_rows("source_notes")] == ['{"id":"1"}', '{"id":"2"} ', '{"id":"3"}']


def test_the_elements_of_an_array_are_records_in_any_layout(connection, note, raw_rows, tmp_path):
    elements = ['{"id": "1",\n   "remark": "a, b] }{ \\" "}', '{"id":"2"}', "[1,\n2]", "12", '"x"', "{ }"]
    file = tmp_path / "notes.json"
    file.write_text("\n[\n  " + " ,\n  ".join(elements) + "\n]\n")

    load_file(connection, note, file)

    assert [row.text for row in raw_rows("source_notes")] == elements


def test_a_broken_element_spoils_no_other(connection, note, raw_rows, tmp_path):
    file = tmp_path / "notes.json"
    file.write_bytes(b'[{"id":"1"}, {"id":"2",}, nonsense, {"id":"\xff"}, {"id":"5"} {"id":"6"}, {"id":"7"}]')

    result = load_file(connection, note, file)

    rows = raw_rows("source_notes")
    assert [row.raw_id for row in rows] == ["1", None, None, None, None, "7"]
    assert bytes(rows[4].raw_bytes) == b'{"id":"5"} {"id":"6"}'
    assert result.unreadable == 4


def test_an_array_longer_than_a_block_is_cut_at_its_elements(connection, note, raw_rows, tmp_path):
    elements = [json.dumps({"id": str(n), "remark": "ü]" * (n % 977)}, ensure_ascii=n % 2 == 0) for n in range(3000)]
    elements.append(json.dumps({"id": "long", "remark": "x" * 1_000_000}))
    file = tmp_path / "notes.json"
    file.write_text("[" + ",".join(elements) + "]")

    load_file(connection, note, file)

    assert [row.text for row in raw_rows("source_notes")] == elements


def test_one_object_over_many_lines_is_one_record(connection, note, raw_rows, tmp_path):
    document = json.dumps({"id": "1", "parts": list(range(50_000))}, indent=2)
    file = tmp_path / "note.json"
    file.write_text(document + "\n")

    load_file(connection, note, file)

    assert [row.text for row in raw_rows("source_notes")] == [document]


def test_gzip_is_looked_through(connection, note, raw_rows, tmp_path):
    lines = [json.dumps({"id": str(n)}).encode() for n in range(40_000)]
    file = tmp_path / "notes.ndjson.gz"
    file.write_bytes(gzip.compress(b"\n".join(lines[:9]) + b"\n") + gzip.compress(b"\n".join(lines[9:])))

    load_file(connection, note, file)

    assert [row.text.encode() for row in raw_rows("source_notes")] == lines


@pytest.mark.parametrize(
    ("record", "raw_id"),
    [
        ('{"meter": "m", "at": {"number": 7}}', "m:7"),
        ('{"meter": "m", "at": {"number": 1.10}}', "m:1.10"),
        (
            '{"meter": "m", "at": {"number": 123456789012345678901234567890}}',
            "m:123456789012345678901234567890",
        ),
        ('{"meter": "\\ud800", "at": {"number": 1e400}}', None),
        ('{"meter": "m", "at": {"number": 1e400}}', "m:1e400"),
        ('{"meter": true, "at": {"number": "x"}}', "true:x"),
        ('{"meter": "a\\u0000", "at": {"number": 7}}', None),
        ('{"meter": "m", "at": null}', None),
        ('{"meter": "m"}', None),
        ('{"meter": {}, "at": {"number": 7}}', None),
        ("[1]", None),
    ],
)
def test_raw_id_is_the_business_key_as_the_record_writes_it(connection, reading, raw_rows, tmp_path, record, raw_id):
    file = tmp_path / "readings.ndjson"
    file.write_text(record)

    load_file(connection, reading, file)

    row = raw_rows("source_readings")[0]
    assert (row.raw_id, row.text) == (raw_id, record)


JSON_LIKE = st.one_of(
    st.text('{}[]",:\\u0d8ntrue1-+.eE \t\n\x01\x7f', max_size=12).map(str.encode),
    st.recursive(st.none() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=3).map(
        lambda value: json.dumps(value).encode()
    ),
    st.binary(max_size=8).map(lambda data: b'"' + data + b'"'),
)


@settings(max_examples=50, deadline=None)
@given(records=st.lists(JSON_LIKE, min_size=20, max_size=40))
def test_a_record_is_readable_exactly_if_type_json_accepts_it(server, records):
    key = BusinessKey([("id",)])
    with psycopg.connect(**as_keywords(server.environment), autocommit=True) as connection:
        answers = [is_json(connection, record) for record in records]

        rows = JsonRows(key, lambda texts: [is_json(connection, text.encode()) for text in texts]).rows(records)

    assert [raw_data is not None for _, raw_data, _ in rows] == answers


def as_keywords(environment):
    return {"host": environment["PGHOST"], "port": environment["PGPORT"], "user": environment["PGUSER"]}


def is_json(connection: psycopg.Connection, record: bytes) -> bool:
    """The server's own answer, also to bytes that are no text."""
    try:
        text = record.decode()
        query = "select pg_input_is_valid(%s, 'json')"
        return "\0" not in text and connection.execute(query, [text]).fetchone() == (True,)
    except UnicodeDecodeError:
        return False

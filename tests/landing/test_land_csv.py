"""CSV: the bytes of a record are kept, its fields are text by name, and no bad row spoils another."""

from __future__ import annotations

import hashlib

import pytest

from landing import load_file
from landing.read_csv import fields_of


def test_a_row_keeps_its_bytes_and_becomes_an_object_of_texts(connection, note, raw_rows, tmp_path):
    records = [b"1,plain", b'2,"a, ""b""\r\nc"', b"3,", b'4,""', '5,"é \\n"'.encode()]
    file = tmp_path / "notes.csv"
    file.write_bytes(b"\xef\xbb\xbfid,remark\r\n" + b"\r\n".join(records) + b"\r\n\r\n")

    load_file(connection, note, file)

    rows = raw_rows("source_notes")
    assert [bytes(row.raw_bytes) for row in rows] == records
    assert [row.raw_sha256 for row in rows] == [hashlib.sha256(record).hexdigest() for record in records]
    assert [row.raw_data["remark"] for row in rows] == ["plain", 'a, "b"\r\nc', None, "", "é \\n"]
    assert [row.raw_id for row in rows] == ["1", "2", "3", "4", "5"]


def test_rows_that_cannot_be_read_land_as_bytes(connection, note, raw_rows, tmp_path):
    bad = [b"1,too,many", b"2", b"3,\xff", b'4,"closed" not', b"5,\x00", b'6,"never closed\n7,x']
    file = tmp_path / "notes.csv"
    file.write_bytes(b"id,remark\n" + b"\n".join([bad[0], b"ok,ok", *bad[1:]]))

    result = load_file(connection, note, file)

    rows = raw_rows("source_notes")
    assert [bytes(row.raw_bytes) for row in rows if row.raw_data is None] == bad
    assert (result.records, result.unreadable) == (7, 6)


def test_a_quote_inside_an_unquoted_field_does_not_swallow_the_lines_after_it(connection, note, raw_rows, tmp_path):
    file = tmp_path / "notes.csv"
    file.write_text('id,remark\n1,5" pipe\n2,next\n')

    load_file(connection, note, file)

    assert [row.raw_data["remark"] for row in raw_rows("source_notes")] == ['5" pipe', "next"]


def test_a_field_over_many_blocks_is_one_field(connection, note, raw_rows, tmp_path):
    text = "line, one\n" * 40_000
    file = tmp_path / "notes.csv"
    file.write_text(f'id,remark\n1,"{text}"\n2,b\n')

    load_file(connection, note, file)

    assert [row.raw_data["remark"] for row in raw_rows("source_notes")] == [text, "b"]


def test_a_header_alone_lands_no_records(connection, note, tmp_path):
    file = tmp_path / "notes.csv"
    file.write_text("id,remark\n")

    result = load_file(connection, note, file)

    assert (result.is_new, result.records) == (True, 0)


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("", [None]),
        (",", [None, None]),
        ('"",', ["", None]),
        ('"a""b",c', ['a"b', "c"]),
        ('"a"b', None),
        ('"a', None),
        ('"a,b', None),
        ('a"b"",c', ['a"b""', "c"]),
        ('"x",""""', ["x", '"']),
        (' "a" ,b', [' "a" ', "b"]),
    ],
)
def test_fields_follow_rfc_4180(record, fields):
    assert fields_of(record) == fields

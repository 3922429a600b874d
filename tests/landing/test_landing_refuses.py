"""What cannot be landed: one message each, exit status 2, nothing changed."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import psycopg
import pytest

from definitions_to_dbt.postgres import connect

REFUSED_FILES = {
    "empty.ndjson": (b"", "found an empty file"),
    "blank.ndjson": (b"\n\r\n  \n", "found only blank lines"),
    "page.ndjson": (b"<html>\n</html>\n", "expected one JSON record per line, found '<html>'"),
    "table.ndjson": (b"id,remark\n1,a\n", "expected one JSON record per line, found 'id,remark'"),
    "pretty.ndjson": (b'[\n  {"id": 1}\n]', "found JSON laid out over several lines"),
    "packed.ndjson": (b"PK\x03\x04....", "found a zip archive"),
    "wide.ndjson": ('{"id": 1}\n'.encode("utf-16"), "found text in UTF-16"),
    "columns.ndjson": (b"PAR1....PAR1", "found a Parquet file"),
    "plain.ndjson.gz": (b'{"id": 1}\n', "expected gzip"),
    "torn.ndjson.gz": (gzip.compress(b'{"id": 1}\n' * 999)[:-20], "the gzip data is broken"),
    "number.json": (b" 42 ", "expected a JSON array or object, found '42 '"),
    "blank.json": (b" \n ", "expected a JSON array or object, found ''"),
    "lines.json": (b'{"id": 1}\n{"id": 2}\n', "expected the end of the file after the JSON value"),
    "torn.json": (b'[{"id": 1}, {"id": 2}, {"id"', "found the end of the file after 2 whole records"),
    "torn_object.json": (b'{"id": {"a": 1}', "expected the JSON to be closed"),
    "tail.json": (b'[{"id": 1}] x', "expected the end of the file after the JSON value, found 'x'"),
    "blank.csv": (b"\n\n", "expected a header line"),
    "headless.csv": (b"1,a\n2,b\n", "expected a CSV header with columns of NOTE (id, remark, …), found none"),
    "doubled.csv": (b"id,id\n1,2\n", "found the name 'id' more than once"),
    "semicolons.csv": (b"id;remark\n1;a\n", "found fields that are not parted by commas"),
    "latin.csv": ("id,größe\n".encode("latin-1"), "found bytes that are not UTF-8"),
    "text.parquet": (b'{"id": 1}\n', "expected a Parquet file, which begins with PAR1"),
    "short.parquet": (b"PAR1xxxxxxxx", "expected a readable Parquet file"),
    "packed.parquet": (gzip.compress(b"PAR1"), "expected a Parquet file, found gzip"),
    "notes.txt": (b'{"id": 1}\n', "the name does not say the format"),
}


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_a_file_that_is_not_what_it_says(landing, connection, tmp_path, name):
    content, message = REFUSED_FILES[name]
    file = tmp_path / name
    file.write_bytes(content)

    ended = landing("load", file, "--object", "NOTE")

    assert (ended.status, ended.out) == (2, "")
    assert f"error: {file}: " in ended.err
    assert message in ended.err
    assert "hint: Nothing of this file was landed" in ended.err
    assert landed(connection) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.exists, "No such file or directory"),
        (Path.mkdir, "expected a file, found a folder"),
        (os.mkfifo, "expected a regular file, found a pipe or a device"),
    ],
)
def test_what_is_no_file(landing, connection, tmp_path, make, message):
    path = tmp_path / "notes.ndjson"
    make(path)

    ended = landing("load", path, "--object", "NOTE")

    assert ended.status == 2
    assert message in ended.err
    assert landed(connection) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--object", "NOTES_"], "no object or table is called 'NOTES_'"),
        (["--object", "NOTE", "--ingested-at", "yesterday"], "--ingested-at: expected a time as"),
        (["--object", "NOTE", "--ingested-at", "2024-13-01"], "--ingested-at: expected a time as"),
        (["--object", "NOTE", "--ingested-at", "2999-01-01"], "expected a time that has passed"),
        (["--object", "NOTE", "--format", "xml"], "'xml' is not one of"),
        (["--object", "NOTE", "--definitions", "nowhere"], "nowhere"),
        ([], "Missing option '--object'"),
    ],
)
def test_wrong_words_on_the_command_line(landing, connection, tmp_path, words, message):
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\n')

    ended = landing("load", file, *words)

    assert ended.status == 2
    assert message in " ".join(ended.err.split())
    assert landed(connection) == 0


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PGHOST", "/nowhere", "cannot connect to PostgreSQL at host /nowhere, port 5432"),
        ("PGHOST", "no.such.host.invalid", "cannot connect to PostgreSQL at host no.such.host.invalid"),
        ("PGPORT", "1", "port 1, database"),
        ("PGPORT", "five", 'invalid integer value "five" for connection option "port"'),
        ("PGDATABASE", "nosuch", 'database "nosuch" does not exist'),
        ("PGUSER", "nobody_known", 'role "nobody_known" does not exist'),
        ("PGCONNECT_TIMEOUT", "soon", "cannot connect to PostgreSQL"),
        ("ANALYTICS_SCHEMA", "Not Plain", "a setting is wrong: ANALYTICS_SCHEMA"),
    ],
)
def test_wrong_settings(landing, tmp_path, monkeypatch, variable, value, message):
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\n')
    monkeypatch.setenv(variable, value)

    ended = landing("load", file, "--object", "NOTE")

    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err
    assert "Nothing was changed" in ended.err


def test_a_database_that_is_not_in_utf8(landing, connection, monkeypatch):
    connection.execute("create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0")
    monkeypatch.setenv("PGDATABASE", "latin")

    try:
        ended = landing("runs")
    finally:
        connection.execute("drop database latin with (force)")

    assert ended.status == 2
    assert "expected a database in UTF8, found LATIN1" in ended.err


def test_a_user_without_the_right_to_create(landing, connection, tmp_path, monkeypatch):
    connection.execute("create role reader login")
    monkeypatch.setenv("PGUSER", "reader")
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\n')

    try:
        ended = landing("load", file, "--object", "NOTE")
    finally:
        connection.execute("drop role reader")

    assert ended.status == 2
    assert "PostgreSQL refuses this to user 'reader'" in ended.err


@pytest.mark.parametrize("columns", ["id text", "raw_seq text, raw_data json", "raw_seq bigint, raw_data text"])
def test_a_table_of_the_same_name_that_is_not_ours(landing, connection, tmp_path, columns):
    connection.execute(f"create schema analytics_service create table source_notes ({columns})".encode())
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\n')

    ended = landing("load", file, "--object", "NOTE")

    assert ended.status == 2
    assert "source_notes is not the raw table of NOTE: somebody else has made source_notes: it has no" in ended.err
    found = connection.execute("select * from analytics_service.source_notes").description or []
    assert [column.name for column in found] == [column.split()[0] for column in columns.split(", ")]


def test_a_server_that_goes_away_in_the_middle(landing, connection, tmp_path, monkeypatch):
    file = tmp_path / "notes.ndjson"
    file.write_text('{"id": "1"}\n' * 100_000)

    def connect_and_lose() -> psycopg.Connection:
        opened = connect()
        connection.execute("select pg_terminate_backend(%s)", [opened.info.backend_pid])
        return opened

    monkeypatch.setattr("landing.cli.connect", connect_and_lose)
    ended = landing("load", file, "--object", "NOTE")

    assert ended.status == 2
    assert ended.err.startswith("error: PostgreSQL gave up: ")
    assert "hint: Nothing of this file was landed." in ended.err


def test_a_failing_file_leaves_those_before_it_and_says_so(landing, connection, tmp_path):
    for name, content in {"a": '{"id": "1"}\n', "b": "", "c": '{"id": "3"}\n'}.items():
        (tmp_path / f"{name}.ndjson").write_text(content)

    ended = landing("load", *(tmp_path / f"{name}.ndjson" for name in "abc"), "--object", "NOTE")

    assert ended.status == 2
    assert "a.ndjson: 1 records landed for NOTE" in ended.out
    assert f"Landed before it: {tmp_path / 'a.ndjson'}. Not tried: {tmp_path / 'c.ndjson'}." in ended.err
    assert landed(connection) == 1


def landed(connection: psycopg.Connection) -> int:
    """How many raw records there are; no table is none."""
    row = connection.execute("select to_regclass('analytics_service.source_notes')").fetchone()
    if row is None or row[0] is None:
        return 0
    found = connection.execute("select count(*) from analytics_service.source_notes").fetchone()
    return int(found[0]) if found else 0

"""The key of the tokens: which tables were archived under which, whether it is today's, and a copy beside other keys.

It stands in one row of the schema, `token_key`, and in no lake. Lost without a copy, the same value gets another token:
where a token is part of a key, every row counts twice. A key goes by what it makes of one word.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from psycopg import errors

from archive_jobs.catalogue import write_event
from archive_jobs.database import Connection, one_row
from archive_jobs.failpoints import fail_at, guarded
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import ArchivedTable
from archive_jobs.privacy.key_store import open_key_store
from archive_jobs.privacy.keys import KeyRing, bound_name
from archive_jobs.privacy.master_key import master_key
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.ddl import platform_ddl
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.sql import quote_identifier

_WORD = "by this the key of the tokens is known"
_HINT = "`archive-jobs keys check --mend` puts it back from ARCHIVE_KEYS_URL, with the master key"
_KNOWN = "select fingerprint from archive_catalog.token_keys where (schema_name, table_name) = (%s, %s)"
_NOTE = """
insert into archive_catalog.token_keys (schema_name, table_name, fingerprint) values (%s, %s, %s)
on conflict do nothing returning 1
"""


def shows_tokens(table: ArchivedTable) -> bool:
    """True where archived rows of the table hold tokens."""
    return table.kind == "analytics" and table.platform and any(c.pii == "tokenize" for c in table.model.columns)


def tokens_in_key(model: ObjectModel) -> list[str]:
    """The columns of the key that are archived as tokens."""
    return [name for name in model.primary_key if model.column(name).pii == "tokenize"]


def fingerprint(connection: Connection, schema: str) -> str | None:
    """By what the schema's key is known; None where there is none yet."""
    if one_row(connection, "select to_regclass(%s)", (f"{quote_identifier(schema)}.token_key",))[0] is None:
        return None
    return str(one_row(connection, f"select {quote_identifier(schema)}.tokenize(%s)", (_WORD,))[0])


def other_key(connection: Connection, schema: str, table_name: str) -> bool:
    """True where rows of the table were archived under other keys than today's only."""
    known = {found for (found,) in connection.execute(_KNOWN, (schema, table_name))}
    return bool(known) and fingerprint(connection, schema) not in known and guarded("tokens")


def require_same_tokens(connection: Connection, model: ObjectModel, schema: str) -> None:
    """Raise ProblemError where archived rows would not be found by their keys any more."""
    if tokens_in_key(model) and other_key(connection, schema, model.table_name):
        raise ProblemError(
            f"{model.table_name} is archived under tokens of another key than that of {schema}, and"
            f" {', '.join(tokens_in_key(model))} is part of its key: every row would count twice",
            hint=f"Nothing was changed. {_HINT}.",
        )


def before_archiving(
    connection: Connection, settings: ArchiveSettings, store: Store, tables: Sequence[ArchivedTable]
) -> Iterator[tuple[ArchivedTable, str, bool]]:
    """Note the key by which rows are about to leave, in the lake too, and keep a copy of it.

    Yields what is to be said of a table, and whether its rows have to stay for it.
    """
    concerned = [table for table in tables if shows_tokens(table)]
    if not concerned:
        return
    try:
        said = None if _save(connection, settings) else "set ARCHIVE_MASTER_KEY, and the next run keeps one"
    except ProblemError as problem:
        said = str(problem)
    for table in concerned:
        schema, name = table.schema, table.table_name
        if tokens_in_key(table.model) and other_key(connection, schema, name):
            yield table, f"its tokens are others than those of its archived rows, and part of its key; {_HINT}", True
            continue
        found = fingerprint(connection, schema)
        if found is not None and found not in {known for (known,) in connection.execute(_KNOWN, (schema, name))}:
            content = json.dumps({"schema": schema, "table": name, "fingerprint": found}) + "\n"
            path = f"{_folder(schema)}/{name}.{found}.json"
            # Whoever wrote it may have died before it was noted.
            with suppress(FileExistsError):
                store.put(path, content.encode())
            store.sync()
            fail_at("tokens.told.after")
            connection.execute(_NOTE, (schema, name, found))
        if said is not None:
            yield table, f"the key of its tokens has no copy: {said}", False


def _save(connection: Connection, settings: ArchiveSettings) -> bool:
    """Keep a copy of the key where keys are kept, wrapped by the master key; False where that is not possible."""
    schema = settings.analytics_schema
    found = fingerprint(connection, schema)
    if found is None:
        return True
    try:
        if master_key(settings) is None:
            return False
        secret = one_row(connection, f"select secret from {quote_identifier(schema)}.token_key")[0]
    except errors.InsufficientPrivilege:
        return False
    KeyRing(settings, "keeping the key of tokens").keep(f"token {found}", "token", secret.encode())
    return True


def note_told(
    connection: Connection, store: Store, schema: str, renamed: Mapping[tuple[str, str | None], str]
) -> list[str]:
    """Bring what the lake says of keys into a catalogue made anew; return the tables, by their names of today."""
    tables = set()
    for path in store.names(_folder(schema)):
        told, _, rest = path.rpartition("/")[2].partition(".")
        name = renamed.get((told, "analytics"), told)
        connection.execute(_NOTE, (schema, name, rest.removesuffix(".json")))
        tables.add(name)
    return sorted(tables)


def put_back_is_due(connection: Connection, schema: str) -> bool:
    """True where today's key is none of those under which tables were archived."""
    known = _known(connection, schema)
    return bool(known) and fingerprint(connection, schema) not in known


def put_back(connection: Connection, settings: ArchiveSettings) -> bool | None:
    """Give the schema the key under which its tables were archived.

    None where that is the one it has, False where no copy of it is found.
    """
    schema = settings.analytics_schema
    if not put_back_is_due(connection, schema):
        return None
    known = _known(connection, schema)
    for secret in _copies(settings, known):
        if fingerprint(connection, schema) is None:
            connection.execute(platform_ddl(schema).encode())
        connection.execute(f"update {quote_identifier(schema)}.token_key set secret = %s".encode(), (secret,))
        write_event(connection, "token_key_put_back", fingerprint=fingerprint(connection, schema))
        return True
    return False


def key_is_missing(settings: ArchiveSettings, tables: Sequence[str]) -> str:
    """What is to be said where no copy of the key is found."""
    return (
        f"the key of the tokens in {', '.join(tables)} is not here, and no copy in {open_key_store(settings).url}"
        f" opens: the same values get other tokens. Replays of tables with a token in their key are refused; {_HINT}"
    )


def _known(connection: Connection, schema: str) -> set[str]:
    query = "select fingerprint from archive_catalog.token_keys where schema_name = %s"
    return {found for (found,) in connection.execute(query, (schema,))}


def _copies(settings: ArchiveSettings, known: set[str]) -> Iterator[str]:
    master, schema = master_key(settings), settings.analytics_schema
    if master is None:
        return
    store = open_key_store(settings)
    for bundle in store.bundles():
        for key_id, entry in store.read(bundle).items():
            if entry["purpose"] == "token" and entry["digest"].removeprefix("token ") in known:
                yield master.unwrap(base64.b64decode(entry["wrapped"]), bound_name(schema, key_id)).decode()


def _folder(schema: str) -> str:
    return f"{schema}/_tokens"

"""Which database writes into which lake. A clone of the database must not drop what the original archived."""

from __future__ import annotations

import hashlib
import json
import uuid

from archive_jobs.database import Connection, one_row
from archive_jobs.lake.store import Store
from definitions_to_dbt.errors import ProblemError


def claim_lake(connection: Connection, store: Store, schema: str) -> None:
    """Tie the schema to the lake on first use; raise ProblemError where either belongs to somebody else."""
    written = require_same_lake(connection, store, schema)
    if written is None:
        written = _write(store, schema, system_identifier(connection))
        _require_ours(connection, store, schema, written)
    connection.execute(
        "insert into archive_catalog.lakes (schema_name, lake_id, system_identifier) values (%s, %s, %s)"
        " on conflict do nothing",
        (schema, written["lake_id"], written["system_identifier"]),
    )


def require_same_lake(connection: Connection, store: Store, schema: str) -> dict[str, str] | None:
    """The lake's identity, None where there is none yet. Raises ProblemError unless it is that of the catalogue and of
    this database. Changes nothing, and needs no catalogue.
    """
    # In this order: what the catalogue speaks of was written before, by another first run too that is a moment faster.
    noted = _noted(connection, schema)
    written = _written(store, schema)
    if written is None and noted:
        raise ProblemError(
            f"ARCHIVE_URL={store.name} is not the lake that {schema} is archived into: expected lake {noted} there,"
            " found none",
            hint="Nothing was changed. Set ARCHIVE_URL to the lake used before.",
        )
    if written is not None:
        _require_ours(connection, store, schema, written)
    return written


def require_writable_lake(connection: Connection, store: Store, schema: str) -> None:
    """Make what writing needs, once it is known whose lake it is.

    A folder under the name of a lake that was moved would be in its way back.
    """
    require_same_lake(connection, store, schema)
    store.require_writable()


def _require_ours(connection: Connection, store: Store, schema: str, written: dict[str, str]) -> None:
    system, noted = system_identifier(connection), _noted(connection, schema)
    if written["system_identifier"] == system and noted not in (None, written["lake_id"]):
        raise ProblemError(
            f"{store.name}/{schema} is another lake of this database: expected lake {noted} there, found"
            f" {written['lake_id']}",
            hint="Nothing was changed. Set ARCHIVE_URL to the lake used before.",
        )
    if written["system_identifier"] != system:
        raise ProblemError(
            f"the lake {store.name}/{schema} belongs to another database (system {written['system_identifier']},"
            f" this one is {system})",
            hint="Nothing was changed. A copy of a database needs a lake of its own: set ARCHIVE_URL. Where the other"
            " one is lost, `archive-jobs catalog rebuild --take-over --yes` makes this one the lake's owner.",
        )


def _noted(connection: Connection, schema: str) -> str | None:
    """The lake that the catalogue speaks of; None where there is neither."""
    if connection.execute("select to_regclass('archive_catalog.lakes')").fetchone() == (None,):
        return None
    query = "select lake_id::text from archive_catalog.lakes where schema_name = %s"
    row = connection.execute(query, (schema,)).fetchone()
    return str(row[0]) if row else None


def require_lake(connection: Connection, store: Store, schema: str) -> None:
    """Raise ProblemError where nothing is left of the lake that the catalogue speaks of: it is elsewhere, or away.

    Only then is one message better than one for each file.
    """
    noted = _noted(connection, schema)
    if noted and _written(store, schema) is None and next(store.folders(f"{schema}/_commits"), None) is None:
        raise ProblemError(
            f"there is no lake of {schema} at ARCHIVE_URL={store.name}: expected lake {noted}, found nothing",
            hint="Nothing was read. Set ARCHIVE_URL to the lake, or mount it; if it is lost, bring its files back from"
            " where they are kept a second time.",
        )


def system_identifier(connection: Connection) -> str:
    """The cluster's identifier and the database's number in it."""
    return str(
        one_row(
            connection,
            "select (select system_identifier from pg_control_system())::text || '/' || oid::text"
            " from pg_database where datname = current_database()",
        )[0]
    )


def take_over(connection: Connection, store: Store, schema: str) -> str:
    """Make this database the lake's owner from now on; return whose it was. Whoever wrote into it before is refused.

    The lake keeps its number; each owner is written once, beside the one before.
    """
    written = _written(store, schema)
    system = system_identifier(connection)
    if written is None:
        raise ProblemError(
            f"expected the identity of a lake at {store.name}/{_path(schema)}, found none",
            hint="Nothing was changed. Set ARCHIVE_URL to the lake that is meant.",
        )
    if written["system_identifier"] != system:
        store.require_writable()
        number = 1 + _owners(store, schema)[0]
        entry = {"lake_id": written["lake_id"], "schema": schema, "system_identifier": system}
        # Create-only: of two databases that take over at once, one is refused.
        store.put(_path(schema, number), json.dumps(entry | {"former": written["system_identifier"]}).encode())
        store.sync()
    connection.execute(
        "insert into archive_catalog.lakes (schema_name, lake_id, system_identifier) values (%s, %s, %s)"
        " on conflict (schema_name) do update set system_identifier = excluded.system_identifier",
        (schema, written["lake_id"], system),
    )
    return written["system_identifier"]


def _path(schema: str, owner: int = 1) -> str:
    return f"{schema}/_lake.json" if owner == 1 else f"{schema}/_lake.{owner}.json"


def _owners(store: Store, schema: str) -> tuple[int, dict[str, str] | None]:
    """How many owners the lake has had, and what the last one wrote."""
    count, last = 0, None
    while True:
        try:
            last = json.loads(store.read(_path(schema, count + 1)))
        except (FileNotFoundError, NotADirectoryError):
            return count, last
        count += 1


def _written(store: Store, schema: str) -> dict[str, str] | None:
    return _owners(store, schema)[1]


def _write(store: Store, schema: str, system: str) -> dict[str, str]:
    identity = {"lake_id": str(uuid.uuid4()), "schema": schema, "system_identifier": system}
    try:
        store.put(_path(schema), json.dumps(identity, indent=1).encode())
    except FileExistsError:
        # Another run was a moment faster.
        return _written(store, schema) or identity
    store.sync()
    return identity


def part_of_tenant(key: bytes, tenant: str | None) -> str:
    """How a tenant's files go by. The key is the lake's id: the same tenant has another number in another lake."""
    content = b"\0" if tenant is None else b"\1" + tenant.encode()
    return hashlib.blake2b(content, key=key, digest_size=8).hexdigest()

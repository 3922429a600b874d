"""A shop whose records have all come to something: two batches, one archived, with rejects, losers and repeats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from platform_under_test import Platform, fresh_database
from running import Project
from small_library import COUNTRY, CUSTOMER, ORDER, TICK
from trusted_extensions import extensions_are_trusted
from typer.testing import CliRunner

from archive_jobs.cli import app
from archive_jobs.privacy.master_key import new_master_key
from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from definitions_to_dbt.errors import ProblemError

RAW = {"retention": "7 days"}
SHOP = (
    {**ORDER, "archive": {"analytics": {"retention": "90 days"}, "source": RAW}},
    {**CUSTOMER, "subject_column": "customer_id", "archive": {"source": RAW}},
    {**TICK, "archive": {"analytics": {"retention": "90 days"}, "source": RAW}},
    COUNTRY,
)
OLD, NEW = "2024-05-01T10:00:00Z", "2099-01-01T00:00:00Z"


def order(number: int, version: int = 1, *, at: str = OLD, **changed: Any) -> dict[str, Any]:
    paid = {"amount": 12.5, "status": "paid", "customer_id": "c1"}
    return {"order_id": number, "ordered_at": at, "version": version, **paid, **changed}


@contextmanager
def traced_shop(server: EmbeddedPostgres, folder: Path) -> Iterator[Platform]:
    """Orders of two batches, the old ones archived: loaded, rejected, superseded, a duplicate; one waits.

    Of customers the records are sealed.
    """
    project = Project.of(folder, SHOP)
    with (
        pytest.MonkeyPatch.context() as patch,
        extensions_are_trusted(),
        fresh_database(server, folder),
        psycopg.connect(autocommit=True) as connection,
    ):
        patch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
        shop = Platform(project, connection).prepare()
        shop.land("orders", *(order(n) for n in range(1, 9)), order(9, amount=-1), [1], order(1, 0), order(2))
        shop.land("customers", *({"customer_id": "c1", "name": n, "updated_at": OLD, "email": "a@b"} for n in "ab"))
        shop.land("ticks", *({"at_time": OLD, "reading": 0.1} for _ in range(3)))
        assert project.dbt("run").success
        assert invoke("run", "--yes", "--definitions", str(project.definitions))[0] == 0
        shop.land("orders", order(1, 2, amount=99), order(2, 0), order(10, at=NEW), order(11, at=NEW))
        assert project.dbt("run").success
        shop.land("orders", order(12))
        yield shop


def invoke(*words: str, stdin: str | None = None) -> tuple[int, Any, str]:
    """Run archive-jobs; return exit status, what it prints (parsed where it is JSON), and what it says besides."""
    ended = CliRunner().invoke(app, [*words], input=stdin)
    if isinstance(ended.exception, ProblemError):
        return 2, ended.stdout, f"{ended.exception}\n{ended.exception.hint}"
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, json.loads(ended.stdout) if "--json" in words else ended.stdout, ended.stderr


def trace(shop: Platform, *words: str, stdin: str | None = None) -> dict[str, Any]:
    words = ("trace", *words, "--json", "--definitions", str(shop.project.definitions))
    status, found, said = invoke(*words, stdin=stdin)
    assert status == 0, said
    return found

"""A catalogue made by an older version is brought up, once, and never pulled back."""

from __future__ import annotations

import pytest
from small_shop import Shop

from archive_jobs.catalogue import catalogue_exists, ensure_catalogue
from definitions_to_dbt.errors import ProblemError


@pytest.fixture
def old(shop: Shop) -> Shop:
    """A shop whose catalogue knows nothing of restoring yet."""
    ensure_catalogue(shop.connection)
    shop.execute("alter table archive_catalog.units drop column keep_until")
    shop.execute("delete from archive_catalog.installed")
    return shop


def test_a_missing_column_is_added_and_rows_stay(old: Shop) -> None:
    old.execute("insert into archive_catalog.events (event) values ('before')")

    ensure_catalogue(old.connection)

    assert old.value("select count(keep_until) from archive_catalog.units") == 0
    assert old.value("select event from archive_catalog.events") == "before"
    assert catalogue_exists(old.connection)


def test_a_reader_of_an_old_catalogue_is_told_what_to_run(old: Shop) -> None:
    with pytest.raises(ProblemError, match="made by an older version") as raised:
        catalogue_exists(old.connection)

    assert "archive-jobs reconcile" in str(raised.value.hint)
    assert old.invoke("reconcile", "--definitions", str(old.definitions))[0] == 0
    assert catalogue_exists(old.connection)


def test_nothing_is_run_again_while_its_text_is_the_same(shop: Shop) -> None:
    ensure_catalogue(shop.connection)
    shop.execute("drop index archive_catalog.units_active")

    ensure_catalogue(shop.connection)

    assert shop.value("select to_regclass('archive_catalog.units_active')") is None


def test_an_older_tool_does_not_undo_what_a_newer_one_has_done(shop: Shop) -> None:
    ensure_catalogue(shop.connection)
    shop.execute(
        "insert into archive_catalog.installed (part, sha256) values ('readable_files', 'of a version to come')"
    )
    view = "select pg_get_viewdef('archive_catalog.readable_files'::regclass)"
    shop.execute(
        "create or replace view archive_catalog.readable_files as select *, true as whole from"
        f" ({shop.value(view).rstrip(';')}) as former"
    )

    ensure_catalogue(shop.connection)

    assert "whole" in shop.value(view)

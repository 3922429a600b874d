"""Each file has its turn, the one that waits longest first, and damage is never met in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from small_shop import Shop

from archive_jobs.keeping.verify import parse_share
from definitions_to_dbt.errors import ProblemError


@pytest.fixture
def archived(shop: Shop) -> Shop:
    """Six cold days of about the same size."""
    shop.add_sales(days=6)
    shop.run("analytics", objects=("SALE",))
    return shop


def scrub(shop: Shop, share: str) -> tuple[int, dict[str, Any]]:
    status, printed, _ = shop.invoke("scrub", "--share", share, "--json")
    return status, json.loads(printed)


def test_every_file_has_its_turn(archived: Shop) -> None:
    unread = "select count(*) from archive_catalog.files where verified_at is null"
    nights = []
    for _ in range(3):
        status, found = scrub(archived, "1/3")
        nights.append((status, found["files"], archived.value(unread), found["oldest_check"] is None))
    first = archived.value("select min(path) from archive_catalog.files")

    archived.execute("update archive_catalog.files set verified_at = '2020-01-01' where path = %s", first)
    scrub(archived, "0.01")

    assert [night[0] for night in nights] == [0, 0, 0]
    assert all(night[1] in (2, 3) for night in nights)
    assert (nights[0][3], nights[2][2:]) == (True, (0, False))
    assert archived.value("select count(*) from archive_catalog.units where verified_at is null") == 0
    assert archived.value("select verified_at > '2021-01-01' from archive_catalog.files where path = %s", first)


def test_damage_fails_the_command_and_leaves_an_event(archived: Shop) -> None:
    path = archived.value("select max(path) from archive_catalog.files")
    file = archived.lake / path
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1])

    statuses = [scrub(archived, "1/2")[0] for _ in range(2)]

    assert sorted(statuses) == [0, 1]
    assert archived.value("select verified_at from archive_catalog.files where path = %s", path) is None
    told = archived.value("select details from archive_catalog.events where event = 'damage_found'")
    assert (told["by"], told["faults"]) == ("scrub", 1)
    assert path in told["first"][0]
    assert file.exists()


@pytest.mark.parametrize("written", ["0", "2", "1/0", "a lot", "-1/3"])
def test_a_share_is_more_than_nothing_and_not_more_than_all(written: str) -> None:
    with pytest.raises(ProblemError, match="expected a share such as 1/30"):
        parse_share(written)

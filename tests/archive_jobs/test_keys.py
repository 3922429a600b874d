"""Keys of subjects stand wrapped in two places, are made once, and open only under their own master key."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from object_services import Fault, Proxy
from small_shop import SCHEMA, Shop

from archive_jobs.catalogue import ensure_catalogue
from archive_jobs.failpoints import ROTATE_POINTS, disabled_guards
from archive_jobs.privacy.destroy_keys import destroy_keys
from archive_jobs.privacy.key_store import open_key_store
from archive_jobs.privacy.keys import KeyRing, Wanted
from archive_jobs.privacy.master_key import new_master_key
from archive_jobs.settings import ArchiveSettings
from definitions_to_dbt.errors import ProblemError


@pytest.fixture
def shop(connection: psycopg.Connection[Any], tmp_path: Path) -> Shop:
    """A database without tables: keys need none."""
    return Shop(connection, tmp_path / "definitions", Path(os.environ["ARCHIVE_URL"]))


@pytest.fixture
def settings(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> ArchiveSettings:
    """A catalogue and a master key."""
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    ensure_catalogue(shop.connection)
    return ArchiveSettings()


def stored(settings: ArchiveSettings) -> dict[str, Any]:
    """Every key of the key store."""
    store = open_key_store(settings)
    return {key_id: entry for bundle in store.bundles() for key_id, entry in store.read(bundle).items()}


def test_a_key_is_made_once_and_stands_wrapped_in_both_places(shop: Shop, settings: ArchiveSettings) -> None:
    ring = KeyRing(settings)
    digest = ring.digest("people.id", "Ada")

    first, again = ring.keys([Wanted(digest), Wanted(digest)])
    from_another_process = KeyRing(settings).keys([Wanted(digest)])[0]

    assert first.key_id == again.key_id == from_another_process.key_id
    noted = dict(shop.execute("select key_id::text, encode(wrapped_key, 'base64') from archive_catalog.subject_keys"))
    assert {key_id: entry["wrapped"] for key_id, entry in stored(settings).items()} == {
        key_id: wrapped.replace("\n", "") for key_id, wrapped in noted.items()
    }
    assert ring.by_id([first.key_id])[first.key_id] is not None


def test_no_subject_and_no_key_stands_in_the_clear(shop: Shop, settings: ArchiveSettings) -> None:
    ring = KeyRing(settings)
    ring.keys([Wanted(ring.digest("people.id", "Ada Lovelace"))])

    written = b"".join(path.read_bytes() for path in Path(f"{shop.lake}.keys").rglob("*.json"))
    written += json.dumps(
        [list(map(str, row)) for row in shop.execute("select * from archive_catalog.subject_keys")]
    ).encode()

    assert b"Lovelace" not in written
    assert os.environ["ARCHIVE_MASTER_KEY"].encode() not in written
    assert os.environ["ARCHIVE_MASTER_KEY"] not in repr(settings)


def test_the_same_number_of_two_kinds_is_two_people(settings: ArchiveSettings) -> None:
    ring = KeyRing(settings)

    assert ring.digest("customers.id", "42") != ring.digest("suppliers.id", "42")
    assert ring.digest("customers.id", "42") == KeyRing(settings).digest("customers.id", "42")


def test_killed_while_making_keys_the_next_run_uses_the_same(shop: Shop, settings: ArchiveSettings) -> None:
    ring = KeyRing(settings)
    digest = ring.digest("people.id", "Ada")
    for point in ("keys.noted.after", "keys.stored.after"):
        assert os.WIFSIGNALED(shop.die_in(point, lambda _: KeyRing(settings).keys([Wanted(digest)]))), point

    key = KeyRing(settings).keys([Wanted(digest)])[0]

    assert shop.value("select count(*) from archive_catalog.subject_keys where purpose = 'subject'") == 1
    assert shop.value("select count(*) from archive_catalog.subject_keys where stored_at is null") == 0
    assert key.key_id in stored(settings)


@pytest.mark.parametrize("secret", ["short", "AAAA", "not base64 at all!"])
@pytest.mark.usefixtures("settings")
def test_what_is_no_master_key_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", secret)

    with pytest.raises(ProblemError, match="ARCHIVE_MASTER_KEY: expected 32 bytes in base64") as refused:
        KeyRing(ArchiveSettings())

    assert secret not in str(refused.value)


@pytest.mark.usefixtures("settings")
def test_without_a_master_key_nothing_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")

    with pytest.raises(ProblemError, match="sealing payloads needs the master key"):
        KeyRing(ArchiveSettings())


def test_another_master_key_is_named_by_its_id(settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    KeyRing(settings).digest("people.id", "Ada")
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())

    with pytest.raises(ProblemError, match=r"are wrapped by the master key [0-9a-f]{12}; this one is [0-9a-f]{12}"):
        KeyRing(ArchiveSettings()).digest("people.id", "Ada")


def test_a_master_key_may_stand_in_a_file(
    settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    digest = KeyRing(settings).digest("people.id", "Ada")
    (tmp_path / "master").write_text(os.environ["ARCHIVE_MASTER_KEY"] + "\n")
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")
    monkeypatch.setenv("ARCHIVE_MASTER_KEY_FILE", str(tmp_path / "master"))

    assert KeyRing(ArchiveSettings()).digest("people.id", "Ada") == digest


def test_the_key_store_may_not_lie_in_the_lake(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_KEYS_URL", f"{shop.lake}/keys")

    with pytest.raises(ProblemError, match="lies inside the lake"):
        open_key_store(ArchiveSettings())


def test_a_new_database_does_not_begin_again_beside_keys_it_does_not_know(
    shop: Shop, settings: ArchiveSettings
) -> None:
    KeyRing(settings).digest("people.id", "Ada")
    shop.execute("delete from archive_catalog.subject_keys")

    with pytest.raises(ProblemError, match=f"holds keys of {SCHEMA} that this database does not know"):
        KeyRing(settings).digest("people.id", "Ada")


def test_a_new_master_key_wraps_every_key_anew_and_a_killed_rotation_is_taken_up(
    shop: Shop, settings: ArchiveSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing(settings)
    wanted = [Wanted(ring.digest("people.id", name)) for name in ("Ada", "Bo")]
    ids = [key.key_id for key in ring.keys(wanted)]
    monkeypatch.setenv("ARCHIVE_PREVIOUS_MASTER_KEY", os.environ["ARCHIVE_MASTER_KEY"])
    monkeypatch.setenv("ARCHIVE_MASTER_KEY", new_master_key())
    for point in ROTATE_POINTS:
        assert os.WIFSIGNALED(shop.die_in(point, lambda dying: dying.invoke("keys", "rotate", "--yes"))), point

    status, _, problem = shop.invoke("keys", "rotate", "--yes")

    assert status == 0, problem
    monkeypatch.delenv("ARCHIVE_PREVIOUS_MASTER_KEY")
    assert [key.key_id for key in KeyRing(ArchiveSettings()).keys(wanted)] == ids
    assert shop.invoke("keys", "check")[:2] == (0, "3 keys, 0 mended, 0 faults\n")


@pytest.mark.parametrize("lost", ["catalogue", "key store"])
def test_what_one_place_has_lost_is_mended_from_the_other(shop: Shop, settings: ArchiveSettings, lost: str) -> None:
    ring = KeyRing(settings)
    key = ring.keys([Wanted(ring.digest("people.id", "Ada"))])[0]
    if lost == "catalogue":
        shop.execute("delete from archive_catalog.subject_keys")
    else:
        for file in Path(f"{shop.lake}.keys").rglob("*.json"):
            file.unlink()

    status, found, _ = shop.invoke("keys", "check")
    mended = shop.invoke("keys", "check", "--mend")[0]

    assert (status, mended) == (1, 0)
    assert f"key {key.key_id} stands in the {'key store' if lost == 'catalogue' else 'catalogue'} only" in found
    assert shop.invoke("keys", "check")[:2] == (0, "2 keys, 0 mended, 0 faults\n")
    assert KeyRing(settings).by_id([key.key_id])[key.key_id] is not None


def test_a_destroyed_key_that_an_old_copy_brings_back_is_told_and_taken_out_again(
    shop: Shop, settings: ArchiveSettings
) -> None:
    ring, store = KeyRing(settings), open_key_store(settings)
    digest = ring.digest("people.id", "Ada")
    key = ring.keys([Wanted(digest)])[0].key_id
    copies = {bundle: store.read(bundle) for bundle in store.bundles()}
    destroy_keys(shop.connection, store, SCHEMA, digest)
    for bundle, entries in copies.items():
        store.change(bundle, lambda _, old=entries: old)  # type: ignore[misc]  # no type for defaults

    found = shop.invoke("keys", "check")
    shop.invoke("keys", "check", "--mend")

    assert found[0] == 1 and f"key {key} was destroyed and stands in the key store again" in found[1]
    assert key not in stored(settings)
    assert KeyRing(settings).by_id([key])[key] is None


@pytest.mark.parametrize(
    ("place", "is_guarded"),
    [("a folder", True), ("a folder", False), ("azure_lake", True), ("s3_lake", True), ("s3_lake", False)],
)
@pytest.mark.usefixtures("shop")
def test_of_two_that_change_a_bundle_at_once_neither_undoes_the_other(
    request: pytest.FixtureRequest, place: str, is_guarded: bool
) -> None:
    """One that lost its session, and with it its turn, is still writing; an eraser takes a key out meanwhile."""
    if place != "a folder":
        request.getfixturevalue(place)
    if not is_guarded:
        disabled_guards.add("if-match")
    mine, theirs = open_key_store(ArchiveSettings()), open_key_store(ArchiveSettings())
    mine.change("b", lambda _: {"erased": {"key_id": "erased"}})
    asked = []

    def add(now: dict[str, Any]) -> dict[str, Any]:
        if not asked:
            theirs.change("b", lambda _: {})
        asked.append(now)
        return {**now, "new": {"key_id": "new"}}

    mine.change("b", add)

    assert sorted(mine.read("b")) == (["new"] if is_guarded else ["erased", "new"])
    assert asked == [{"erased": {"key_id": "erased"}}, {}][: 1 + is_guarded]


@pytest.mark.usefixtures("shop")
def test_a_replaced_bundle_whose_reply_was_lost_is_ours_and_a_foreign_one_is_told(remote_lake: Proxy) -> None:
    store = open_key_store(ArchiveSettings())
    for number in range(3):  # made, then replaced twice
        remote_lake.faults = [Fault("lost", "PUT", ".json"), Fault("503", "PUT", ".json")]
        store.change("b", lambda _, n=number: {str(n): {}})  # type: ignore[misc]  # no type for defaults
        assert (remote_lake.faults, store.read("b")) == ([], {str(number): {}})

    def meddled(_: dict[str, Any]) -> dict[str, Any]:
        open_key_store(ArchiveSettings()).change("b", lambda now: {**now, f"{len(now)} more": {}})
        return {}

    with pytest.raises(ProblemError, match="changed by others again and again"):
        store.change("b", meddled)
    assert len(store.read("b")) == 6

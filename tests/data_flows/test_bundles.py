"""A bundle proves to a stranger where a row comes from; who touched it is noticed, who was erased is not in it."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from platform_under_test import SCHEMA, Platform
from traced_shop import invoke, trace, traced_shop

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def shop(server: EmbeddedPostgres) -> Iterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="test-compare-") as folder, traced_shop(server, Path(folder)) as made:
        yield made


CHECK = Path(__file__).parents[2] / "docs" / "check_bundle.py"


def prove(shop: Platform, target: Path, *words: str) -> dict[str, Any]:
    command = ["prove", *words, "-o", str(target), "--json", "--definitions", str(shop.project.definitions)]
    status, made, said = invoke(*command)
    assert status == 0, said
    return made


def checked(bundle: Path, *told: str, isolated: bool = False) -> tuple[int, str]:
    """What the stranger's script says in a process that knows nothing of us; `isolated` has Python's own modules."""
    words = [sys.executable, *(["-S"] if isolated else []), "-I", str(CHECK), str(bundle), *told]
    ended = subprocess.run(words, capture_output=True, text=True, env={}, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def listed_anew(bundle: Path) -> Path:
    """What a forger does after a change: write the list of hashes anew."""
    names = sorted(
        p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file() and p.name != "SHA256SUMS"
    )
    lines = (f"{hashlib.sha256((bundle / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (bundle / "SHA256SUMS").write_text("".join(lines))
    return bundle


def test_a_stranger_checks_a_bundle_without_us(shop: Platform, tmp_path: Path) -> None:
    made = prove(shop, tmp_path / "proof", "orders", "--key", "order_id=1")

    status, said = checked(tmp_path / "proof", made["digest"], *made["heads"])
    isolated = checked(tmp_path / "proof", made["digest"], isolated=True)

    assert status == 0, said
    assert f"digest {made['digest']}" in said and all(f"head {head}" in said for head in made["heads"])
    assert (made["proven"], len(made["heads"])) == (3, 2)
    assert made["holds"] == ["17 other rows in the clear, because a file is proven whole",
                             "3 raw records as they were received, in the clear"]  # fmt: skip
    assert "only said: row of raw record 13: it stands in PostgreSQL" in said
    assert (isolated[0], "pyarrow is not installed" in isolated[1]) == (0, True)
    record = (tmp_path / "proof" / "records" / "11").read_bytes()
    assert record.decode() == shop.value(f"select raw_data::text from {SCHEMA}.source_orders where raw_seq = 11")
    assert "is there already" in invoke(
        "prove", "orders", "--raw-seq", "1", "-o", str(tmp_path / "proof"),
        "--definitions", str(shop.project.definitions),
    )[2]  # fmt: skip


def test_the_strangers_script_says_how_it_is_called_and_what_differs(shop: Platform, tmp_path: Path) -> None:
    prove(shop, tmp_path / "proof", "orders", "--raw-seq", "11")
    (tmp_path / "proof" / "more").write_bytes(b"")
    (tmp_path / "proof" / "claims.json").unlink()
    (tmp_path / "proof" / "records" / "11").write_bytes(b"{}")

    nowhere, differs = checked(tmp_path / "nowhere"), checked(tmp_path / "proof", isolated=True)

    assert (nowhere[0], "expected the folder of a bundle" in nowhere[1], "Traceback" in nowhere[1]) == (2, True, False)
    assert differs[0] == 1
    assert "\nmore: SHA256SUMS does not name it\n" in f"\n{differs[1]}"
    assert "claims.json: SHA256SUMS names it, and it is not there" in differs[1]
    assert f"as SHA256SUMS says; found {hashlib.sha256(b'{}').hexdigest()}" in differs[1]


def test_a_flipped_bit_anywhere_is_noticed(shop: Platform, tmp_path: Path) -> None:
    prove(shop, tmp_path / "proof", "orders", "--key", "order_id=1")
    dice = random.Random(11)
    bundle = tmp_path / "proof"
    found = [path for path in sorted(bundle.rglob("*")) if path.is_file()]
    # One of each folder, and all that stand beside the list of hashes.
    files = list({path if path.parent == bundle else path.parent: path for path in found}.values())

    for path in files:
        whole = path.read_bytes()
        place = dice.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes((whole[place] ^ 1 << dice.randrange(8),)) + whole[place + 1 :])
        status, said = checked(tmp_path / "proof", isolated=True)
        path.write_bytes(whole)
        assert (status, "SHA256SUMS" in said) == (1, True), f"byte {place} of {path}"
    assert {path.parent.name for path in files} >= {"proof", "records", "sql", "definitions", "orders", "source_orders"}
    for unlisted in (tmp_path / "proof" / "more", tmp_path / "proof" / "records" / "4711"):
        unlisted.write_bytes(b"")
        assert checked(tmp_path / "proof", isolated=True)[0] == 1
        unlisted.unlink()
    assert checked(tmp_path / "proof", isolated=True)[0] == 0


def test_a_forger_who_writes_the_hashes_anew_is_noticed(shop: Platform, tmp_path: Path) -> None:
    made = prove(shop, tmp_path / "proof", "orders", "--key", "order_id=1")
    copies = (tmp_path / f"forged{number}" for number in itertools.count())

    def forged(pattern: str, old: bytes, new: bytes) -> Path:
        bundle = Path(shutil.copytree(tmp_path / "proof", next(copies)))
        path = sorted(bundle.glob(pattern))[0]
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new))
        return listed_anew(bundle)

    for said, bundle in {
        "not the bytes whose SHA-256 is claimed": forged("records/1", b"12.5", b"99.5"),
        "not the file that its manifest names": forged("lake/*/source/orders/**/*.parquet", b"PAR1", b"PAR2"),
        "not the one that was committed": forged("lake/*/_manifests/orders/*.json", b'"rows": ', b'"rows":  '),
        "the chain ends here, the claim says elsewhere": forged("lake/*/_commits/orders/1.json", b"rows", b"r0ws"),
        "its SHA-256 is not its name": forged("sql/*.sql", b"order_id", b"order_1d"),
    }.items():
        status, found = checked(bundle, isolated=True)
        assert (status, said in found) == (1, True), (said, found)
    status, found = checked(forged("claims.json", b'"amount": "12.50"', b'"amount": "99.50"'))
    assert (status, "amount is '12.50' in the file, the claim says '99.50'" in found) == (1, True), found
    # Who writes the end of the chain anew, and the claim too, is found out by what was told or noted before.
    head = next(one for one in made["heads"] if one.startswith("orders:"))
    bundle = forged("lake/*/_commits/orders/1.json", b'"rows": 8', b'"rows": 9')
    (record,) = bundle.glob("lake/*/_commits/orders/1.json")
    written = hashlib.sha256(record.read_bytes()).hexdigest()
    claims = bundle / "claims.json"
    claims.write_text(claims.read_text().replace(head.rpartition(":")[2], written))
    assert checked(listed_anew(bundle), isolated=True)[0] == 0
    assert "noted before, and not in the bundle's chains" in checked(bundle, head, isolated=True)[1]
    assert "not the one given" in checked(bundle, made["digest"], isolated=True)[1]


def test_while_an_erasure_is_unfinished_no_bundle_is_written(shop: Platform, tmp_path: Path) -> None:
    shop.execute(
        "insert into archive_catalog.erasures (schema_name, subject_kind, subject_digest) values (%s, 'x.y', 'z')",
        SCHEMA,
    )

    words = ["prove", "orders", "--raw-seq", "1", "-o", str(tmp_path / "x")]
    status, _, said = invoke(*words, "--definitions", str(shop.project.definitions))

    shop.execute("delete from archive_catalog.erasures")
    assert (status, "an erasure was begun and is not finished" in said) == (2, True)
    assert not (tmp_path / "x").exists()


def test_a_bundle_holds_of_people_what_was_asked_for(
    shop: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = prove(shop, tmp_path / "closed", "customers", "--key", "customer_id=c1")
    opened = prove(shop, tmp_path / "open", "customers", "--key", "customer_id=c1", "--open")

    everything = b"".join(path.read_bytes() for path in (tmp_path / "closed").rglob("*") if path.is_file())
    assert b"a@b" not in everything and not list((tmp_path / "closed").glob("records/*"))
    assert closed["holds"] == [] and closed["proven"] == 2
    assert checked(tmp_path / "closed", closed["digest"]) == (0, ANY)
    assert any("reads every record sealed under it" in line for line in opened["holds"])
    assert [p.read_bytes().count(b"a@b") for p in sorted((tmp_path / "open").glob("records/*"))] == [1, 1]
    assert checked(tmp_path / "open", opened["digest"]) == (0, ANY)
    (tmp_path / "open" / "records" / "1").write_bytes(b"{}")
    claims = tmp_path / "open" / "claims.json"
    genuine = json.loads(claims.read_text())["records"][0]["sha256"]
    claims.write_text(claims.read_text().replace(genuine, hashlib.sha256(b"{}").hexdigest()))
    assert "holds other bytes than records/1" in checked(listed_anew(tmp_path / "open"))[1]
    monkeypatch.delenv("ARCHIVE_MASTER_KEY")
    words = ["prove", "customers", "--raw-seq", "1", "-o", str(tmp_path / "x"), "--open"]
    assert "master key" in invoke(*words, "--definitions", str(shop.project.definitions))[2]
    assert not (tmp_path / "x").exists()


def test_of_who_was_erased_nothing_is_traced_or_given_away(shop: Platform, tmp_path: Path) -> None:
    """The last of this file: it cannot be undone."""
    definitions = str(shop.project.definitions)
    words = ["erase", "--object", "CUSTOMER", "--subject", "c1", "--yes", "--definitions", definitions]
    assert invoke(*words)[0] == 0

    found = trace(shop, "customers", "--raw-seq", "1")
    status, _, said = invoke("trace", "customers", "--key", "customer_id=c1", "--definitions", definitions)
    made = prove(shop, tmp_path / "proof", "customers", "--raw-seq", "1", "--open")

    assert [(r["place"], "raw_data" in r, r["outcome"]) for r in found["records"]] == [("erased", False, None)]
    assert (status, found["rows"]) == (2, []) and "no row and no raw record of customers is known" in said
    assert (made["proven"], made["holds"]) == (0, [])
    assert made["only_said"] == ["raw record 1: erased"]
    assert not any(b"a@b" in path.read_bytes() for path in (tmp_path / "proof").rglob("*") if path.is_file())
    assert checked(tmp_path / "proof", made["digest"])[0] == 0

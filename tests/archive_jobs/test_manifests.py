"""Manifests and commit records say all that a stranger needs, in the form that docs/schemas publishes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from small_shop import Shop

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def archived(shop: Shop) -> Shop:
    """Both kinds, and a restore."""
    shop.add_sales(days=2)
    shop.add_raw(10)
    shop.add_ticks()
    shop.run()
    shop.invoke("restore", "sales", "--end", "2024-01-01", "--yes", "--definitions", str(shop.definitions))
    return shop


def test_every_manifest_and_record_is_of_its_published_form(archived: Shop) -> None:
    manifests = sorted(archived.lake.glob("*/_manifests/*/*.json"))
    records = sorted(archived.lake.glob("*/_commits/*/*.json"))

    assert (len(manifests), len(records)) == (5, 6)
    for files, form in ((manifests, validator("manifest")), (records, validator("commit_record"))):
        for file in files:
            assert [error.message for error in form.iter_errors(json.loads(file.read_text()))] == [], file


def test_a_manifest_tells_the_range_of_numbers_and_times_and_of_no_text(archived: Shop) -> None:
    manifest = json.loads(min(archived.lake.glob("*/_manifests/sales/*.json")).read_text())

    said = manifest["files"][0]["statistics"]

    assert said["amount"] == {"min": "1.370000", "max": "54.800000", "nulls": 0}
    assert re.match(r"2024-01-0[12] 00:00:07\+00:00", said["sold_at"]["min"])
    assert said["note"].keys() == {"nulls"}
    assert manifest["policy"]["retention"] == "90 days"
    assert manifest["mode"] == "delete"


def test_a_record_with_something_nobody_described_is_not_of_its_form(archived: Shop) -> None:
    record = json.loads(min(archived.lake.glob("*/_commits/sales/*.json")).read_text())

    assert list(validator("commit_record").iter_errors(record | {"rumour": 1}))
    assert list(validator("commit_record").iter_errors(record | {"state": "lost"}))

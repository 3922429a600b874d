"""The demo's shop, with its broken, late and repeated records, made again from the lake alone after a loss.

Four months of it; with WHOLE_YEAR=1 the year that the demo lands.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from flow import flow_of
from library_part import library_of
from lost_database import lose_and_rebuild, when_asked
from platform_under_test import SCHEMA

from definitions_to_dbt.embedded_postgres import EmbeddedPostgres
from demo.shop_batches import OBJECTS
from demo.shop_data import make_shop_data

CODES = {one.table: one.code for one in OBJECTS}
DAYS = 365 if os.environ.get("WHOLE_YEAR") else 130


@when_asked
@pytest.mark.long
def test_layer_2_is_made_again_from_the_lake_alone(
    server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lost_shop")
    shop = make_shop_data(folder / "shop", days=DAYS, last_day=datetime.now(UTC).date() - timedelta(days=1))
    with flow_of(server, library_of(folder / "library", CODES), folder) as flow:
        for number in (1, 2):
            for file in shop.batch(number):
                flow.land(file.object_code, file.path)
            built = flow.project.dbt("run")
            assert built.success, built.failed
            flow.archive()
        archived = flow.value("select sum(rows) from archive_catalog.readable_files where kind = 'analytics'")
        assert archived > 0
        assert flow.value(f"select count(*) from {SCHEMA}.rejected_orders") > 0

        rebuilt = lose_and_rebuild(flow, CODES.values())

        print(rebuilt)
        assert rebuilt.differences == {}
        flow.archive()
        assert archived == flow.value(
            "select sum(rows) from archive_catalog.readable_files where kind = 'analytics'"
        ), "nothing is archived twice"

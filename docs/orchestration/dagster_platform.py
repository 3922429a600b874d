"""The platform as Dagster assets: `dagster dev -f docs/orchestration/dagster_platform.py`.

Dagster lives in an environment of its own and runs the project's commands as processes, so that neither decides the
other's versions. PLATFORM_FOLDER is the checkout with its .venv; libpq's variables, ARCHIVE_URL and LAKE_DB go on.
"""

import os
import subprocess
from pathlib import Path

import dagster as dg

PLATFORM = Path(os.environ.get("PLATFORM_FOLDER", "."))
# 1 is a check that failed, 2 a refusal: neither goes away by trying again. A killed process or a lost server may.
NOT_WORTH_A_RETRY = (1, 2)


def run(context: dg.AssetExecutionContext, command: str) -> dg.MaterializeResult:
    """Run one command and keep what it printed."""
    name, *words = command.split()
    program = (PLATFORM / ".venv/bin" / name).absolute()
    ended = subprocess.run([program, *words], cwd=PLATFORM, capture_output=True, text=True, check=False)
    context.log.info(ended.stdout[-10_000:] + ended.stderr[-10_000:])
    if ended.returncode:
        retries = ended.returncode not in NOT_WORTH_A_RETRY
        raise dg.Failure(f"`{command}` ended with exit status {ended.returncode}", allow_retries=retries)
    return dg.MaterializeResult(metadata={"command": command, "last lines": ended.stdout[-1000:]})


twice = dg.RetryPolicy(max_retries=2, delay=60)


@dg.asset(retry_policy=twice, description="Every raw record in the lake, whether or not dbt has seen it.")
def raw_records(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return run(context, "archive-jobs run --type source --yes")


@dg.asset(deps=[raw_records], retry_policy=twice, description="Layers 1 to 3: claimed, typed, checked, closed.")
def layer_2(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return run(context, "dbt build --target postgres --target-path target/postgres")


@dg.asset(deps=[layer_2], retry_policy=twice, description="What has aged, proven in the lake and gone from PostgreSQL.")
def archive(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return run(context, "archive-jobs run --yes")


@dg.asset(deps=[archive], retry_policy=twice, description="History and marts over PostgreSQL and the lake.")
def marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return run(context, "dbt build --target duckdb --target-path target/duckdb")


@dg.asset_check(asset=archive, description="Every byte in the lake against its manifest.")
def lake_is_whole() -> dg.AssetCheckResult:
    ended = subprocess.run([(PLATFORM / ".venv/bin/archive-jobs").absolute(), "verify"], cwd=PLATFORM, check=False)
    return dg.AssetCheckResult(passed=ended.returncode == 0)


hourly = dg.define_asset_job(
    "hourly",
    selection=dg.AssetSelection.assets(raw_records, layer_2, archive, marts).without_checks(),
    # Two turns at once wait for each other's claims and locks; one is enough.
    tags={"dagster/concurrency_key": "platform"},
)
nightly = dg.define_asset_job("nightly", selection=dg.AssetSelection.checks(lake_is_whole))

defs = dg.Definitions(
    assets=[raw_records, layer_2, archive, marts],
    asset_checks=[lake_is_whole],
    jobs=[hourly, nightly],
    schedules=[
        dg.ScheduleDefinition(job=hourly, cron_schedule="5 * * * *"),
        dg.ScheduleDefinition(job=nightly, cron_schedule="30 3 * * *"),
    ],
)

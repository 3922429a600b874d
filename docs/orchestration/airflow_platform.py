"""The platform as an Airflow DAG (Airflow 3): put this file into the folder of DAGs.

Airflow lives in an environment of its own and runs the project's commands as processes, so that neither decides the
other's versions. PLATFORM_FOLDER is the checkout with its .venv; libpq's variables, ARCHIVE_URL and LAKE_DB go on.
"""

import os
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PLATFORM = os.environ.get("PLATFORM_FOLDER", "/srv/platform")


def step(task_id: str, command: str) -> BashOperator:
    """One command. Status 1 is a check that failed, 2 a refusal: tried once more all the same, it harms nothing."""
    name, words = command.split(maxsplit=1)
    return BashOperator(task_id=task_id, cwd=PLATFORM, append_env=True, bash_command=f".venv/bin/{name} {words} ")


with DAG(
    "platform",
    schedule="5 * * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    # Two turns at once wait for each other's claims and locks; one is enough.
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=1)},
):
    raw_records = step("raw_records", "archive-jobs run --type source --yes")
    layer_2 = step("layer_2", "dbt build --target postgres --target-path target/postgres")
    archive = step("archive", "archive-jobs run --yes")
    marts = step("marts", "dbt build --target duckdb --target-path target/duckdb")
    raw_records >> layer_2 >> archive >> marts

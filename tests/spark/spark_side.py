"""A process with one Spark session: dbt builds in it, and what was built is asked in it. Answers line by line in JSON.

Spark's own catalogue lives as long as its session, so whoever asks must be in the process that built.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


class SparkSide:
    """The other end of such a process. `remote` is a Spark Connect server; without it PySpark starts Java."""

    def __init__(self, folder: Path, remote: str | None = None, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._said = (folder / "stderr").open("w")
        known = {
            **os.environ,
            **environment,
            "PYSPARK_PYTHON": sys.executable,
            **({"SPARK_REMOTE": remote} if remote else {}),
        }
        paths = [*(str(REPOSITORY / "tests" / name) for name in ("dbt_project", ".")), str(REPOSITORY / "docs")]
        known["PYTHONPATH"] = os.pathsep.join([*paths, known.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True,
            cwd=folder, env=known,
        )  # fmt: skip

    def ask(self, **what: Any) -> Any:
        """Send one request and return its answer. What the engine refuses is a RefusedError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(Path(self._said.name).read_text()[-3000:])
        answer = json.loads(line)
        if "refused" in answer:
            raise RefusedError(answer["refused"])
        return answer["found"]

    def dbt(self, project: Path, target_path: Path, *words: str, **environment: str) -> dict[str, Any]:
        """Run dbt's target spark; success, and what was said at warning level or above."""
        found: dict[str, Any] = self.ask(
            dbt=[*words], project=str(project), target_path=str(target_path), set=environment
        )
        return found

    def sql(self, query: str) -> list[list[Any]]:
        """Rows of values that JSON has."""
        found: list[list[Any]] = self.ask(sql=query)
        return found

    def parquet(self, query: str, file: Path) -> Path:
        """The answer as a file, under the types that the engine gives."""
        self.ask(sql=query, file=str(file))
        return file

    def close(self) -> None:
        """End it."""
        self._process.communicate()
        self._said.close()


class RefusedError(Exception):
    """What the engine said."""


def _answer(asked: dict[str, Any]) -> Any:
    if "dbt" in asked:
        from running import run_dbt

        os.environ.update(asked["set"])
        ended = run_dbt(asked["dbt"], Path(asked["project"]), Path(asked["target_path"]), "spark")
        return {"success": ended.success, "statuses": ended.statuses, "said": [*ended.warnings, *ended.failed.values()]}
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    if "source" in asked:
        from pyspark import cloudpickle

        name, _, kind = asked["source"].rpartition(".")
        module = importlib.import_module(name)
        cloudpickle.register_pickle_by_value(module)  # workers have no such file
        spark.dataSource.register(getattr(module, kind))
        spark.read.format(asked["format"]).schema(asked["schema"]).load(asked["load"]).createOrReplaceTempView("loaded")
    frame = spark.sql(asked["sql"])
    if "file" in asked:
        import pyarrow.parquet as pq

        pq.write_table(frame.toArrow(), asked["file"])
        return None
    return [list(row) for row in frame.collect()]


def main() -> None:
    """Answer until nobody asks any more. Only answers go to stdout: whatever else writes there is sent to stderr."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            answer = {"found": _answer(json.loads(line))}
        except Exception as error:
            answer = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()

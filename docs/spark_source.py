"""The archive's files as a data source of Spark 4 that opens them in Python: for a lake that Spark has no jar for.

    spark.dataSource.register(ArchiveFiles)
    rows = spark.read.format("archive_files").schema(spark_schema(manifest)).load(json.dumps(files))

`files` is what `archive-jobs files TABLE --json` prints. Every worker needs this class, pyarrow, and adlfs (abfs://) or
s3fs (s3://) with their variables. A task reads one file, and of it only the columns of the schema: leave out there
what a query does not need, for Spark does not tell a source of it. Sail opens such lakes by itself.
"""

import json
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType


class ArchiveFiles(DataSource):
    """What `format("archive_files")` means."""

    @classmethod
    def name(cls) -> str:
        """As it is called in Spark."""
        return "archive_files"

    def reader(self, schema: StructType) -> DataSourceReader:
        """Whoever reads the files that were listed."""
        return Files(json.loads(self.options["path"]), schema)


class Files(DataSourceReader):
    """Reads each file in a task of its own."""

    def __init__(self, files: list[str], schema: StructType) -> None:
        self.files, self.schema = files, schema

    def partitions(self) -> Sequence[InputPartition]:
        """One for each file."""
        return [InputPartition(file) for file in self.files]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The file's rows, under the types that Spark wants; what does not fit them is an error."""
        import fsspec
        import pyarrow.parquet as pq
        from pyspark.sql.pandas.types import to_arrow_schema

        wanted = to_arrow_schema(self.schema, timezone="UTC")
        with fsspec.open(partition.value) as file:
            for batch in pq.ParquetFile(file).iter_batches(columns=wanted.names):
                columns = [_stored(batch.column(field.name)).cast(field.type) for field in wanted]
                yield pa.RecordBatch.from_arrays(columns, schema=wanted)


def _stored(column: pa.Array) -> pa.Array:
    """A uuid as its 16 bytes, which is how the schema declares it."""
    return column.storage if isinstance(column, pa.ExtensionArray) else column

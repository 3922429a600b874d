"""One DuckDB file of views over hot and cold, for whoever has nothing but DuckDB. Each carries its list of files.

A view cannot look up which files count when it is queried. It carries the list and the number of the archive's last
change, compares that with the live one in the same statement, and raises where it is behind: loud or right, never
short.
"""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from archive_jobs.copying.engine import ONE_CONNECTION, postgres_extension
from archive_jobs.database import one_row
from archive_jobs.failpoints import guarded
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import KINDS, Kind
from archive_jobs.privacy.sealed_columns import SEALED, SEALED_COLUMNS
from archive_jobs.privacy.sealing import is_sealed
from archive_jobs.reading.between import PARAMETERS, rows_between, within
from archive_jobs.reading.cold_files import ColdFile
from archive_jobs.reading.current_truth import is_masked, meeting
from archive_jobs.reading.file_sql import plain_select
from archive_jobs.reading.own_file import VIEWS_COMMAND, opens, require_own
from archive_jobs.reading.read_back import Reader, open_reader
from archive_jobs.reading.same_types import same_types
from archive_jobs.reading.time_column import TimeColumn, time_column
from archive_jobs.settings import ArchiveSettings
from archive_jobs.times import Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.errors import ProblemError
from definitions_to_dbt.lake import NEWEST_FIRST, archive_select, history_select, lake_columns, never_without_key
from definitions_to_dbt.library import Library
from definitions_to_dbt.names import archive, history, lake_view, source_table
from definitions_to_dbt.sql import bare_or_quoted, quote_identifier, quote_literal


@dataclass(frozen=True)
class MadeView:
    """One view, and what it stands on."""

    name: str
    files: int
    rows: int
    revision: int


def write_views(
    settings: ArchiveSettings, library: Library, store: Store, target: Path, tables: Sequence[str] = ()
) -> list[MadeView]:
    """Write the file anew, whole or not at all, and beside it the words that open it. Checks every file it lists."""
    models = [library.object(name) for name in tables] or list(library.objects)
    require_own(target)
    words = target.with_suffix(".sql")
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_reader(settings, store) as reader, duckdb.connect(str(part)) as file:
            _require_catalogue(reader)
            database = str(one_row(reader.control, "select current_database()")[0])
            file.execute(opening_words(database))
            schema = quote_identifier(settings.analytics_schema)
            file.execute(f"create schema if not exists {schema}; use {schema}")
            again = f"{VIEWS_COMMAND}{shlex.quote(str(target))}" + "".join(f" --table {name}" for name in tables)
            made = [view for model in models for view in _Views(reader, database, again, model).made_in(file)]
        # The words first: where they cannot be written, the file that was there stays as it is.
        command = f" duckdb -readonly -init {shlex.quote(words.name)} {shlex.quote(target.name)}"
        words.write_text(f"{opens(target)}{command}\n{opening_words(database)}\nuse {schema};\n")
        part.replace(target)
    except OSError as error:
        raise ProblemError(f"{target} cannot be written: {error.strerror}", hint="Nothing was written.") from None
    except (duckdb.IOException, duckdb.TransactionException) as error:
        if part.name not in str(error):
            raise
        said = str(error).splitlines()[0].rpartition(": ")[2]
        raise ProblemError(f"{target} cannot be written: {said}", hint="Nothing was written.") from None
    finally:
        for left in (part, part.with_name(f"{part.name}.wal")):
            with suppress(OSError):
                left.unlink()
    return made


def opening_words(database: str) -> str:
    """What a plain DuckDB session says before it reads a view: UTC, the extension, and PostgreSQL under its name."""
    return (
        "set TimeZone = 'UTC';\n"
        # A file never changes under its name: what its footer says need not be read again for each question.
        "set parquet_metadata_cache = true;\n"
        f"load {quote_literal(str(postgres_extension()))};\n{ONE_CONNECTION};\n"
        f"attach if not exists '' as {quote_identifier(database)} (type postgres, read_only);"
    )


def _require_catalogue(reader: Reader) -> None:
    if not reader.has_catalogue:
        raise ProblemError(
            "this database has no catalogue of an archive yet, with which a view could compare itself",
            hint="Nothing was written. Run `dbt build` or `archive-jobs run --yes` first.",
        )


@dataclass(frozen=True)
class _Views:
    """The views of one object."""

    reader: Reader
    database: str
    # The command that makes them again.
    again: str
    model: ObjectModel

    def made_in(self, file: duckdb.DuckDBPyConnection) -> Iterator[MadeView]:
        for kind in KINDS:
            files = self.reader.chosen(self.model, kind)
            relation = source_table(self.model) if kind == "source" else self.model.table_name
            if not files and not self.reader.has(relation):
                continue
            revision = self._revision(kind)
            cold = f"archive_{relation}" if kind == "source" else archive(self.model)
            both = relation if kind == "source" else history(self.model)
            told = (len(files), sum(one.rows for one in files), revision)
            bodies = {cold: self._cold(cold, kind, files, revision)}
            if self.reader.has(relation):
                bodies[both] = self._both(both, cold, kind, files, revision)
            for name, body in bodies.items():
                file.execute(f"create view {quote_identifier(name)} as {body}")
                yield MadeView(name, *told)
            for name, body in self._between(kind, files, revision).items():
                parameters = ", ".join(PARAMETERS)
                file.execute(f"create macro {quote_identifier(name)}({parameters}) as table {body}")

    def _between(self, kind: Kind, files: Sequence[ColdFile], revision: int) -> dict[str, str]:
        """Table macros of a range, where the catalogue knows that each file has the time column."""
        time = time_column(self.model, kind)
        if kind == "source" or time is None or not files or not self.reader.platform(self.model):
            return {}
        if not all(file.has_time for file in files) or {c.name for c in self.model.columns} & {*PARAMETERS}:
            return {}
        rows = rows_between(self.model, files, self.reader.local(files), time)
        cold, both = f"{archive(self.model)}_between", f"{history(self.model)}_between"
        made = {cold: self._guarded(cold, kind, revision, rows)}
        if self._lie_apart(files, time) and self.reader.has(self.model.table_name):
            hot = f"(select * from {self._hot()} where {within(time)})"
            made[both] = self._apart(rows, hot, files, time, self._guard_of_both(both, kind, revision))
        return made

    def _revision(self, kind: Kind) -> int:
        row = self.reader.control.execute(
            "select revision from archive_catalog.revisions where (schema_name, table_name, kind) = (%s, %s, %s)",
            (self.reader.schema, self.model.table_name, kind),
        ).fetchone()
        return int(row[0]) if row else 0

    def _is_current(self, name: str, kind: Kind, revision: int) -> str:
        said = f"{name} is behind the archive. Nothing is wrong with the data; run: {self.again}"
        of = zip(("schema_name", "table_name", "kind"), (self.reader.schema, self.model.table_name, kind), strict=True)
        where = " and ".join(f"{column} = {quote_literal(value)}" for column, value in of)
        is_so = f"coalesce(max(revision), 0) = {revision}" if guarded("views") else "true"
        return (
            f"(select case when {is_so} then true else error({quote_literal(said)}) end"
            f" from {quote_identifier(self.database)}.archive_catalog.revisions where {where})"
        )

    def _guard_of_both(self, name: str, kind: Kind, revision: int) -> str:
        """The same over hot rows too."""
        is_current, known = self._is_current(name, kind, revision), self.reader.hot_columns(self.model)
        if kind == "source" or not guarded("views types"):
            return is_current
        read = lake_columns(self.model, kind, self.reader.platform(self.model))
        types = {column.name: known[column.name] for column in read if column.name in known}
        said = f"{name} is behind its table, a column of which has another type. Nothing is wrong with the data; run: "
        asked = same_types(self.database, self.reader.schema, self.model.table_name, types, said + self.again)
        return f"{is_current} and {asked}"

    def _cold(self, name: str, kind: Kind, files: Sequence[ColdFile], revision: int) -> str:
        """The archived rows."""
        return self._guarded(name, kind, revision, self._listed(kind, files) if files else "")

    def _guarded(self, name: str, kind: Kind, revision: int, rows: str) -> str:
        """These rows under the guard. A filter may leave out every file: one branch has the guard alone, and stays."""
        columns = lake_columns(self.model, kind, kind == "source" or self.reader.platform(self.model))
        guard = self._is_current(name, kind, revision)
        nulls = ", ".join(
            f"cast(case when guard.is_current then null end as {c.lake_type}) as {bare_or_quoted(c.name)}"
            for c in columns
        )
        nothing = f"select {nulls} from (select {guard} as is_current) as guard where not guard.is_current"
        return f"select * from (\n{nothing}\nunion all\n{rows}\n) as archived where {guard}" if rows else nothing

    def _listed(self, kind: Kind, files: Sequence[ColdFile]) -> str:
        """The files' rows with no guard: what stands over them has one."""
        time = time_column(self.model, kind)
        branches = [self._branch(kind, list(of_year), time) for _, of_year in groupby(files, lambda one: one.lo.year)]
        return "\nunion all\n".join(branches)

    def _branch(self, kind: Kind, files: Sequence[ColdFile], time: TimeColumn | None) -> str:
        """The files of one year under a range that DuckDB compares with a filter's before it opens any."""
        paths = self.reader.local(files)
        within = ""
        if time is not None and (kind == "source" or all(file.has_time for file in files)):
            around = time.uncertain
            within = time.within(
                Interval(min(file.lo for file in files) - around, max(file.hi for file in files) + around)
            )
        if kind == "source" and any(is_sealed(path) for path in paths):
            return self._sealed(paths, within)
        platform = kind == "source" or self.reader.platform(self.model)
        if platform and all(file.is_plain for file in files):
            return plain_select(self.model, paths, within)
        rows = archive_select(self.model, kind, paths, platform)
        # Over them: in a file the time may stand under the name it had before.
        return f"select * from ({rows}) where {within}" if within else rows

    def _sealed(self, paths: Sequence[str], within: str) -> str:
        """Raw records about people. Payloads open in our own commands alone; who was erased is asked each time."""
        columns = lake_columns(self.model, "source")
        typed = ", ".join(f"null::{c.lake_type} as {quote_identifier(c.name)}" for c in (*columns, *SEALED_COLUMNS))
        said = f"this payload is sealed; read it with: archive-jobs sql, over {source_table(self.model)}"
        selected = ", ".join(
            f"case when sealed_key is null then {c.name} else error({quote_literal(said)}) end as {c.name}"
            if c.name in SEALED
            else c.name
            for c in columns
        )
        listed = ", ".join(quote_literal(path) for path in paths)
        erased = (
            f"select key_id::varchar from {quote_identifier(self.database)}.archive_catalog.subject_keys"
            f" where schema_name = {quote_literal(self.reader.schema)} and wrapped_key is null"
        )
        return (
            f"select {selected} from (select {typed} where false union all by name select * from"
            f" read_parquet([{listed}], union_by_name = true, hive_partitioning = false)) as stored"
            f" where (sealed_key in ({erased})) is not true" + (f" and {within}" if within else "")
        )

    def _both(self, name: str, cold: str, kind: Kind, files: Sequence[ColdFile], revision: int) -> str:
        """Hot and cold as one, under one guard: PostgreSQL is asked as seldom as can be.

        No filter can make the optimizer leave all of it out, and the guard with it: of hot rows it knows nothing.
        """
        guard = self._guard_of_both(name, kind, revision)
        schema = quote_identifier(self.reader.schema)
        archived = self._listed(kind, files) if files else f"select * from {schema}.{quote_identifier(cold)}"
        if kind == "source":
            # To a transaction of before the table was written anew it is empty.
            whole = f"(select {schema}.has_all_its_parts({quote_literal(source_table(self.model))}))"
            hot = self.reader.hot_text(self.model, kind, whole)
            asked = f"postgres_query({quote_literal(self.database)}, {quote_literal(hot)})"
            return f"select * from ({archived} union all by name select * from {asked}) as records where {guard}"
        hot, time = f"(select * from {self._hot()})", time_column(self.model, kind)
        platform = self.reader.platform(self.model)
        if time is not None and platform and self._lie_apart(files, time):
            return self._apart(archived, hot, files, time, guard)
        return history_select(self.model, f"({archived})", hot, platform, guard)

    def _hot(self) -> str:
        return ".".join(map(quote_identifier, (self.database, self.reader.schema, lake_view(self.model.table_name))))

    def _lie_apart(self, files: Sequence[ColdFile], time: TimeColumn) -> bool:
        """True where no two archived rows have the same key, nor has a hot one of a time after all of them."""
        is_apart = bool(files) and time.name in self.model.primary_key and not is_masked(self.model)
        return is_apart and not meeting(files, time)

    def _apart(self, archived: str, hot: str, files: Sequence[ColdFile], time: TimeColumn, guard: str) -> str:
        """Units lie apart: while no hot row came late, of a time that is archived, no two rows have the same key.

        Which of the two halves counts is asked first. The other one then reads nothing: its side of a cross product
        is empty before it begins.
        """
        columns, is_plain = lake_columns(self.model, "analytics"), all(file.is_plain for file in files)
        written = {c.name: bare_or_quoted(c.name) for c in columns}
        names, keyed = ", ".join(written.values()), ", ".join(written[name] for name in self.model.primary_key)
        cast = ", ".join(f"cast({written[c.name]} as {c.lake_type}) as {written[c.name]}" for c in columns)
        checked = ", ".join(
            written[c.name]
            if is_plain or (c.name == time.name and all(file.has_time for file in files))
            else never_without_key(self.model, c.name)
            for c in columns
        )
        both = f"(select {checked} from ({archived}) union all select {cast} from {hot})"
        end = time.literal(max(file.hi for file in files) + time.uncertain)
        came_late = f"(select count(*) > 0 from {hot} as hot where {written[time.name]} < {end})"
        if not guarded("late rows"):
            came_late = "false"
        order = f"order by {', '.join(NEWEST_FIRST)}"
        return (
            f"select {names} from (\n    select {names} from {both} as apart where not {came_late}\n    union all\n"
            f"    select {names} from (\n"
            f"        select {names}, row_number() over (partition by {keyed} {order}) as _place"
            f" from {both} as contested where {came_late}\n    ) as ranked where _place = 1\n"
            f") as rows where not _deleted and {guard}"
        )

"""Hot and cold rows of one snapshot as DuckDB SQL, each file's bytes checked before a value of it is trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

import duckdb

from archive_jobs.catalogue import catalogue_exists
from archive_jobs.copying.engine import ATTACHED, postgres_query
from archive_jobs.lake.store import Store
from archive_jobs.planning.tables import Kind, has_platform_columns, require_renamed, require_renamed_in_archive
from archive_jobs.privacy.ledger import erased_keys
from archive_jobs.privacy.sealing import is_sealed, plain
from archive_jobs.reading.cold_files import ColdFile, Wanted, cold_files, wanted_of
from archive_jobs.reading.current_truth import current_truth
from archive_jobs.reading.foreseen import Told
from archive_jobs.reading.moment import Moment
from archive_jobs.reading.named_views import NamedView, named_views
from archive_jobs.reading.needed import Needed, Planner
from archive_jobs.reading.opening import Opened
from archive_jobs.reading.table_columns import Columns, columns_of, require_fitting, require_own_name
from archive_jobs.reading.table_locks import look_at_parts, relations_behind
from archive_jobs.reading.time_column import require_time_column, time_column
from archive_jobs.times import EVERYTHING, Interval
from definitions_to_dbt.definition import ObjectModel
from definitions_to_dbt.lake import LakeColumn, archive_select, lake_columns
from definitions_to_dbt.library import Library
from definitions_to_dbt.names import lake_view, source_table
from definitions_to_dbt.sql import bare_or_quoted, quote_identifier


class Reader:
    """Hot and cold rows of one snapshot; or, with `known_at`, the archive alone as it stood then."""

    def __init__(
        self,
        moment: Moment,
        store: Store,
        schema: str,
        known_at: datetime | None = None,
        *,
        has_catalogue: bool | None = None,
        opened: Opened | None = None,
        planner: Planner | None = None,
    ) -> None:
        self.moment, self.control, self.store, self.schema, self.known_at = (
            moment,
            moment.control,
            store,
            schema,
            known_at,
        )
        self.has_catalogue = catalogue_exists(self.control) if has_catalogue is None else has_catalogue
        self._relations = dict(opened.columns) if opened else {}
        self._unheld: frozenset[str] = opened.unheld if opened else frozenset()
        self.told = opened.told if opened else Told()
        self._planner = planner
        # By table: a snapshot does not change, and each question asks several times.
        self._is_ours: dict[str, bool] = {}
        self._known_of: dict[str, dict[str, Columns]] = {}

    @property
    def engine(self) -> duckdb.DuckDBPyConnection:
        """DuckDB, where PostgreSQL too is seen as it is in the snapshot."""
        return self.moment.engine

    def engine_for(self, query: str) -> duckdb.DuckDBPyConnection:
        """The same for a query that need not ask PostgreSQL. If it does not, PostgreSQL is not told of it."""
        return self.moment.engine_for(query)

    def chosen(
        self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING, *, gone_from: Interval | None = None
    ) -> list[ColdFile]:
        """What the catalogue knows of the files that may hold rows of the interval. Opens none."""
        if not self.has_catalogue:
            return []
        if model.renamed_from is not None:
            require_renamed(model, self._known(model))
            require_renamed_in_archive(self.control, model, self.schema)
        wanted, time = wanted_of(model, self.schema, kind, self.known_at), time_column(model, kind)
        told = self.told.files.get((wanted, interval, time))
        if told is not None:
            return told
        return cold_files(self.control, wanted, interval, time, gone_from=gone_from)

    def local(self, files: Iterable[ColdFile]) -> list[str]:
        """Where the files are on this machine, each with its bytes checked."""
        return [str(self.store.local(file.path, file.sha256)) for file in files]

    def files(
        self, table_name: str, kind: Kind, interval: Interval = EVERYTHING, *, also_hot: bool = False
    ) -> list[str]:
        """The files of units that count in this snapshot and reach into the interval, each with its bytes checked.

        Or the copies of rows that are also hot: those count in PostgreSQL, and never here as well.
        """
        if not self.has_catalogue:
            return []
        wanted = Wanted(self.schema, table_name, kind, self.known_at, also_hot)
        return self.local(cold_files(self.control, wanted, interval))

    def of_schema(self, schema: str) -> Reader:
        """The same moment of another schema. Its tables are not locked."""
        return Reader(self.moment, self.store, schema, self.known_at, has_catalogue=self.has_catalogue)

    def has(self, relation: str) -> bool:
        """Whether the schema has a table or view of this name."""
        return bool(self._columns([relation])[relation])

    def platform(self, model: ObjectModel) -> bool:
        """False for a Layer 2 table that somebody else made. Raises ProblemError where it is of another definition."""
        if model.table_name not in self._is_ours:
            columns = self._known(model).get(model.table_name)
            is_ours = columns is None or has_platform_columns(columns)
            if columns is not None and is_ours:
                require_fitting(model, columns)
            self._is_ours[model.table_name] = is_ours
        return self._is_ours[model.table_name]

    def hot_columns(self, model: ObjectModel) -> Columns:
        """The columns that the table itself has, the definition's or not."""
        return self._known(model).get(model.table_name, {})

    def _known(self, model: ObjectModel) -> dict[str, Columns]:
        """The columns of what the table's rows may stand in, by its name of today and the one before."""
        if model.table_name not in self._known_of:
            tables = [table for table in (model.table_name, model.renamed_from) if table]
            names = [name for table in tables for name in relations_behind(table)]
            known = {name: columns for name, columns in self._columns(names).items() if columns}
            if not known:
                require_own_name(self.control, self.schema, model)
            self._known_of[model.table_name] = known
        return self._known_of[model.table_name]

    def _columns(self, names: list[str]) -> dict[str, Columns]:
        if not self._relations.keys() >= set(names):
            self._relations |= columns_of(self.control, self.schema, names)
        return {name: self._relations[name] for name in names}

    def cold(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> str:
        """DuckDB SQL for the archived rows."""
        within = _within(model, kind, interval)
        return self.over(model, kind, self.chosen(model, kind, interval), within)

    def over(self, model: ObjectModel, kind: Kind, files: Sequence[ColdFile], where: str = "") -> str:
        """DuckDB SQL for the rows of these files under a condition."""
        require_renamed(model, self._known(model))
        local = self.local(files)
        if kind == "source" and any(is_sealed(file) for file in local):
            opened = plain(local, lake_columns(model, kind), erased_keys(self.control, self.schema))
            return f"select * from ({opened})" + (f" where {where}" if where else "")
        return f"select * from ({archive_select(model, kind, local, kind == 'source' or self.platform(model))})" + (
            f" where {where}" if where else ""
        )

    def copies(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> str:
        """DuckDB SQL for the archived copies of rows that stay in PostgreSQL (`drop: never`), as they were copied."""
        files = self.files(model.table_name, kind, interval, also_hot=True)
        return archive_select(model, kind, files, self.platform(model))

    def hot(
        self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING, columns: Collection[str] | None = None
    ) -> str:
        """DuckDB SQL for the rows still in PostgreSQL: raw ones only while no unit holds them.

        Of `columns` alone the values travel; the others are null.
        """
        relation = source_table(model) if kind == "source" else model.table_name
        known = self._known(model)
        require_renamed(model, known)
        platform = kind == "source" or self.platform(model)
        if relation not in known or self.known_at is not None:
            return archive_select(model, kind, [], platform)
        view = lake_view(relation)
        if kind == "analytics" and view in known and interval == EVERYTHING:
            # DuckDB asks a view for the columns that it needs itself.
            return f"select * from {ATTACHED}.{quote_identifier(self.schema)}.{quote_identifier(view)}"
        condition = _within(model, kind, interval) or "true"
        every = lake_columns(model, kind, platform)
        if columns is None or not (travel := [c.name for c in every if c.name in columns]):
            return self.hot_where(model, kind, condition)
        selected = ", ".join(
            name if c.name in columns else f"cast(null as {c.lake_type}) as {name}"
            for c in every
            for name in [bare_or_quoted(c.name)]
        )
        return f"select {selected} from ({self.hot_where(model, kind, condition, travel)})"

    def hot_query(self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING) -> str | None:
        """What PostgreSQL is asked for the hot rows; None where it has none."""
        relation = source_table(model) if kind == "source" else model.table_name
        if self.known_at is not None or relation not in self._known(model):
            return None
        return self.hot_text(model, kind, _within(model, kind, interval) or "true")

    def hot_where(self, model: ObjectModel, kind: Kind, condition: str, columns: Sequence[str] = ()) -> str:
        """DuckDB SQL for hot rows under a condition that PostgreSQL is asked; all columns of the lake, or some."""
        return f"select * from {postgres_query(self.hot_text(model, kind, condition, columns))}"

    def hot_text(self, model: ObjectModel, kind: Kind, condition: str, columns: Sequence[str] = ()) -> str:
        """The same as PostgreSQL is asked it."""
        relation = source_table(model) if kind == "source" else model.table_name
        platform = kind == "source" or self.platform(model)
        if kind == "source":
            condition = f"archived_in is null and {condition}"
        schema = quote_identifier(self.schema)
        selected = ", ".join(
            f"{_as_declared(column, platform).replace('{schema}', schema)} as {quote_identifier(column.name)}"
            for column in lake_columns(model, kind, platform)
            if not columns or column.name in columns
        )
        return f"select {selected} from {self.hot_relation(relation)} where {condition}"

    def hot_relation(self, table: str) -> str:
        """A table as PostgreSQL is asked for it. Of one that could not be locked in place, an error if it did not stay.

        Raises ProblemError where it could not be, and nothing would notice.
        """
        relation = f"{quote_identifier(self.schema)}.{quote_identifier(table)}"
        if table not in self._unheld:
            return relation
        return f"(select * from {relation} where {look_at_parts(self.control, self.schema, table)})"

    def has_hot(self, model: ObjectModel) -> bool:
        """True where Layer 2 has the table, and its rows are asked for."""
        return self.known_at is None and model.table_name in self._known(model)

    def rows(
        self, model: ObjectModel, kind: Kind, interval: Interval = EVERYTHING, columns: Collection[str] | None = None
    ) -> str:
        """DuckDB SQL for hot and cold as one: current truth for analytics, every record for source.

        Of `columns` alone hot rows bring the values, None for all; whoever asks for few must look at no others.
        """
        if kind == "source":
            cold, hot = self.cold(model, kind, interval), self.hot(model, kind, interval, columns)
            return cold if self.known_at is not None else f"{cold}\nunion all by name\n{hot}"
        return current_truth(self, model, interval, columns)

    def make_views(self, library: Library, query: str) -> dict[str, Interval]:
        """Make the views whose names stand in the query, over the files it needs: each costs their checksums.

        Returns of each view the times that it holds. The query finds what it asks for; another one may not.
        """
        views = named_views(library, query)
        needed = self.needed(views, query)
        self.stand({name: view.body(self, needed[name]) for name, view in views.items()})
        return {name: one.times for name, one in needed.items()}

    def needed(self, views: Mapping[str, NamedView], query: str) -> dict[str, Needed]:
        """Of each view what the query needs. What is now to it is now to the query too."""
        engine = self.moment.begun
        shapes = {name: view.shape(self.platform(view.model)) for name, view in views.items()}
        if self._planner is not None:
            return self._planner.needed(query, shapes)
        with closing(Planner(engine)) as planner:
            return planner.needed(query, shapes)

    def stand(self, bodies: Mapping[str, str]) -> None:
        """Make views. They go with the transaction."""
        _ = self.moment.begun
        for name, body in bodies.items():
            self.engine_for(body).execute(f"create temp view {quote_identifier(name)} as {body}")


def _as_declared(column: LakeColumn, platform: bool) -> str:
    """A column under the type its definition states, where a table that somebody else made has one of its own."""
    if platform or column.expression != bare_or_quoted(column.name):
        return column.expression
    return f"{column.expression}::{column.pg_type.sql}"


def interval_condition(model: ObjectModel, kind: Kind, interval: Interval) -> str:
    """The interval as a condition on the time column, valid on both engines; `true` for all time."""
    return _within(model, kind, interval) or "true"


def _within(model: ObjectModel, kind: Kind, interval: Interval) -> str:
    """The interval as a condition on the time column, valid on both engines; empty for all time."""
    return "" if interval == EVERYTHING else require_time_column(model, kind).within(interval)

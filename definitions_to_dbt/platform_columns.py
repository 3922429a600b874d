"""The columns the platform adds to each layer, with what they mean. One list, read by DDL, models, docs and lake."""

from __future__ import annotations

from dataclasses import dataclass

from definitions_to_dbt.types import PgType, parse_type


@dataclass(frozen=True)
class PlatformColumn:
    """One added column. `ddl` is what stands behind its type in CREATE TABLE."""

    name: str
    type: str
    description: str
    ddl: str = ""
    is_archived: bool = True

    @property
    def pg_type(self) -> PgType:
        """The PostgreSQL type of the column."""
        return parse_type(self.type)


@dataclass(frozen=True)
class LedgerColumn:
    """One column of a ledger, with all that stands behind its name."""

    name: str
    definition: str


@dataclass(frozen=True)
class Ledger:
    """One of the tables all objects share; `promise` is what stands behind its columns in CREATE TABLE."""

    name: str
    columns: tuple[LedgerColumn, ...]
    promise: str = ""


def _working(name: str, type: str, description: str, ddl: str = "") -> PlatformColumn:
    return PlatformColumn(name, type, description, ddl, is_archived=False)


# Only what never changes is archived and hashed; the rest says how far a record has come.
LAYER_3 = (
    PlatformColumn("raw_seq", "bigint",
                   "Order of arrival; names the record for ever.", "generated always as identity primary key"),
    PlatformColumn("raw_id", "text", "The sender's own id of the record. Null where it sent none that can be read."),
    PlatformColumn("raw_data", "json", "The record's JSON text as received. Null where the record is no valid JSON."),
    PlatformColumn("raw_bytes", "bytea", "The record's bytes where it did not come as valid JSON text."),
    PlatformColumn("raw_sha256", "text", "SHA-256 of the record's bytes, in hex."),
    PlatformColumn("ingested_at", "timestamptz",
                   "When the record landed; the clock by which raw records age.", "not null default now()"),
    PlatformColumn("source_system", "text", "Who sent the record."),
    PlatformColumn("source_file", "text", "The file that brought the record. Null for records inserted one by one."),
    PlatformColumn("run_id", "uuid", "The load in ingestion_runs. Null for records inserted by other tools."),
    _working("batch_id", "bigint", "The batch that claimed the record. Null until the next dbt run."),
    _working("processed", "boolean", "True once the record has its outcome.", "not null default false"),
    _working("processed_at", "timestamptz", "When the record got its outcome."),
    _working("outcome", "text", "loaded, rejected, superseded or duplicate. Null until processed.",
             "check (outcome in ('loaded', 'rejected', 'superseded', 'duplicate'))"),
    _working("outcome_raw_seq", "bigint", "The record that beat a superseded or duplicate one."),
    _working("archived_in", "uuid", "The archive unit that holds the record. Null until archived."),
)  # fmt: skip

LAYER_2 = (
    PlatformColumn("_raw_seq", "bigint", "The raw record the row came from.", "not null"),
    PlatformColumn("_source_order", "bigint",
                   "What is newer, by the source's own order (microseconds for times), else arrival.", "not null"),
    PlatformColumn("_deleted", "boolean",
                   "True where the source says the object is gone, or stands elsewhere in time.",
                   "not null default false"),
    PlatformColumn("_batch_id", "bigint", "The dbt batch that wrote the row."),
    PlatformColumn("_loaded_at", "timestamptz", "When the row was written."),
    PlatformColumn("_definition_version", "integer", "Version of the definition the row was made by."),
    PlatformColumn("_quality_issues", "text[]",
                   "Rules the row breaks without being rejected, as column: rule. Empty where none."),
    PlatformColumn("_quality_score", "numeric(3,2)", "Share of the record's rules that hold, from 0 to 1."),
)  # fmt: skip

VERSIONS = (
    PlatformColumn("valid_from", "timestamptz", "From when the version held, by the source's own clock."),
    PlatformColumn("valid_to", "timestamptz", "Until when it held, not included. Null for the current version."),
    PlatformColumn("is_current", "boolean", "True for the newest version.", "not null default true"),
    PlatformColumn("_correlation_id", "text",
                   "The sender's transaction or correlation id of the record, else the load that brought it."),
)  # fmt: skip

REJECTED = (
    PlatformColumn("_raw_seq", "bigint", "The rejected raw record.", "not null primary key"),
    PlatformColumn("raw_id", "text", "The sender's own id of the record. Null where it cannot be read."),
    PlatformColumn("reasons", "text[]", "Why the record was rejected, as column: rule.", "not null"),
    PlatformColumn("ingested_at", "timestamptz", "When the record landed."),
    PlatformColumn("_batch_id", "bigint", "The batch that rejected it."),
    PlatformColumn("_rejected_at", "timestamptz", "When it was rejected."),
    PlatformColumn("_definition_version", "integer", "Version of the definition that rejected it."),
)  # fmt: skip

LEDGERS = (
    Ledger(
        "ingestion_runs",
        (
            LedgerColumn("id", "uuid primary key default gen_random_uuid()"),
            LedgerColumn("tenant_id", "uuid"),
            LedgerColumn("connector_id", "uuid"),
            LedgerColumn("entity", "text not null"),
            LedgerColumn("mode", "{schema}.ingestion_mode not null default 'batch'"),
            LedgerColumn("status", "text not null"),
            LedgerColumn("stats_json", "jsonb not null default '{}'"),
            LedgerColumn("source_file", "text"),
            LedgerColumn("file_sha256", "text"),
            LedgerColumn("file_bytes", "bigint"),
            LedgerColumn("started_at", "timestamptz not null default now()"),
            LedgerColumn("finished_at", "timestamptz"),
        ),
        "unique (entity, file_sha256)",
    ),
    Ledger(
        "transform_batches",
        (
            LedgerColumn("batch_id", "bigint generated always as identity primary key"),
            LedgerColumn("table_name", "text not null"),
            LedgerColumn("state", "text not null default 'open' check (state in ('open', 'closed'))"),
            LedgerColumn("claimed", "bigint not null default 0"),
            LedgerColumn("loaded", "bigint"),
            LedgerColumn("rejected", "bigint"),
            LedgerColumn("superseded", "bigint"),
            LedgerColumn("duplicate", "bigint"),
            LedgerColumn("opened_at", "timestamptz not null default clock_timestamp()"),
            LedgerColumn("closed_at", "timestamptz"),
            LedgerColumn("definition_hash", "text"),
            LedgerColumn("invocation_id", "text"),
            LedgerColumn("taken_in_by", "text[] not null default '{}'"),
            LedgerColumn("highest_order", "bigint"),  # of the rows it brought, where changes of archived rows may come
            LedgerColumn("profile", "jsonb"),  # what its records and rows were like
            LedgerColumn("judged_at", "timestamptz"),  # when that was written into data_quality_results
            LedgerColumn("code", "jsonb not null default '{}'"),  # each model it ran through: SHA-256 in transform_sql
            LedgerColumn("dbt_version", "text"),
            LedgerColumn("replay_id", "uuid"),  # the replay that opened it, with records that had an outcome before
        ),
    ),
    # The SQL that batches ran, each text once: what an auditor is shown of a transformation that is no more.
    Ledger(
        "transform_sql",
        (
            LedgerColumn("sha256", "text primary key"),
            LedgerColumn("model", "text not null"),
            LedgerColumn("sql", "text not null"),
            LedgerColumn("first_run_at", "timestamptz not null default now()"),
        ),
    ),
    # While a replay's batch is open: the newest archived rows of the keys it is about, for the write model to compare.
    Ledger(
        "cold_rows",
        (
            LedgerColumn("table_name", "text not null"),
            LedgerColumn("batch_id", "bigint not null"),
            LedgerColumn("known", "jsonb not null"),
        ),
    ),
    Ledger(
        "data_quality_results",
        (
            LedgerColumn("check_id", "bigint generated always as identity primary key"),
            LedgerColumn("rule_id", "text not null"),
            LedgerColumn("checked_at", "timestamptz not null default clock_timestamp()"),
            LedgerColumn("record_count", "bigint"),
            LedgerColumn("failed_count", "bigint"),
            LedgerColumn("success_rate", "numeric(9,6)"),
            LedgerColumn("sample_failures", "jsonb not null default '[]'"),
            LedgerColumn("table_name", "text"),
            LedgerColumn("severity", "text"),
            LedgerColumn("status", "text"),
            LedgerColumn("observed", "numeric"),
            LedgerColumn("checked_by", "text"),
            LedgerColumn("batch_id", "bigint"),
            LedgerColumn("invocation_id", "text"),
        ),
    ),
)

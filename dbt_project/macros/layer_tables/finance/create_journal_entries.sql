{# The tables of journal_entries. Generated from definitions/object_models/finance/journal_entries.json: edit that file, not this one. #}
{% macro create_journal_entries(schema) %}
create table if not exists {{ schema }}.source_journal_entries (
    raw_seq bigint generated always as identity primary key,
    raw_id text,
    raw_data json,
    raw_bytes bytea,
    raw_sha256 text generated always as ({{ schema }}.record_sha256(raw_data, raw_bytes)) stored,
    ingested_at timestamptz not null default now(),
    source_system text,
    source_file text,
    run_id uuid,
    batch_id bigint,
    processed boolean not null default false,
    processed_at timestamptz,
    outcome text check (outcome in ('loaded', 'rejected', 'superseded', 'duplicate')),
    outcome_raw_seq bigint,
    archived_in uuid,
    check (raw_data is not null or raw_bytes is not null)
);
select {{ schema }}.add_source_columns('source_journal_entries');
select {{ schema }}.lift_raw_seq('source_journal_entries');
select {{ schema }}.ensure_index('ix_journal_entries_unclaimed', $index${{ schema }}.source_journal_entries (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_journal_entries_claimed', $index${{ schema }}.source_journal_entries (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_journal_entries_unarchived', $index${{ schema }}.source_journal_entries (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_journal_entries_ingested', $index${{ schema }}.source_journal_entries (ingested_at)$index$);
select {{ schema }}.ensure_view('source_journal_entries__lake', $view$
select
    raw_seq,
    raw_id,
    raw_data::text as raw_data,
    raw_bytes,
    raw_sha256,
    ingested_at,
    source_system,
    source_file,
    run_id
from {{ schema }}.source_journal_entries
$view$);

select {{ schema }}.ensure_shape('journal_entries', $shape${{ shape_of_journal_entries() }}$shape$);

create table if not exists {{ schema }}.rejected_journal_entries (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'journal_entries', 'auto', 'posted_on', '1 month', true, $table$
    entry_id varchar(20) not null,
    entry_type varchar(12),
    fiscal_period varchar(7),
    reverses_entry_id varchar(20),
    booking_text varchar(200),
    total_debit numeric(18,2),
    total_credit numeric(18,2),
    is_manual boolean,
    posted_on date not null,
    entered_at timestamptz,
    days_to_post integer,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (entry_id, posted_on)
$table$);
select {{ schema }}.make_partitions('journal_entries', '1 month', 3);
select {{ schema }}.ensure_index('ix_journal_entries_posted_on', $index${{ schema }}.journal_entries using brin (posted_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('journal_entries__lake', $view$
select
    entry_id,
    entry_type,
    fiscal_period,
    reverses_entry_id,
    booking_text,
    total_debit::text as total_debit,
    total_credit::text as total_credit,
    is_manual,
    posted_on,
    entered_at,
    days_to_post,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.journal_entries
    union all
    select * from {{ schema }}.missing_parts('journal_entries', null::{{ schema }}.journal_entries)
) as journal_entries
$view$);
select {{ schema }}.ensure_view('history_journal_entries', $view$
select
    entry_id,
    entry_type,
    fiscal_period,
    reverses_entry_id,
    booking_text,
    total_debit,
    total_credit,
    is_manual,
    posted_on,
    entered_at,
    days_to_post,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('journal_entries', null::{{ schema }}.journal_entries)
    union all
    select * from {{ schema }}.journal_entries
) as journal_entries
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_journal_entries() %}
{
    "kind": "event",
    "time_column": "posted_on",
    "key": ["entry_id"],
    "physical_key": ["entry_id", "posted_on"],
    "layout": null,
    "columns": [
        {"name": "entry_id", "type": "character varying(20)"},
        {"name": "entry_type", "type": "character varying(12)"},
        {"name": "fiscal_period", "type": "character varying(7)"},
        {"name": "reverses_entry_id", "type": "character varying(20)"},
        {"name": "booking_text", "type": "character varying(200)"},
        {"name": "total_debit", "type": "numeric(18,2)"},
        {"name": "total_credit", "type": "numeric(18,2)"},
        {"name": "is_manual", "type": "boolean"},
        {"name": "posted_on", "type": "date"},
        {"name": "entered_at", "type": "timestamp with time zone"},
        {"name": "days_to_post", "type": "integer"}
    ]
}
{% endmacro %}

{# The tables of journal_lines. Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one. #}
{% macro create_journal_lines(schema) %}
create table if not exists {{ schema }}.source_journal_lines (
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
select {{ schema }}.add_source_columns('source_journal_lines');
select {{ schema }}.lift_raw_seq('source_journal_lines');
select {{ schema }}.ensure_index('ix_journal_lines_unclaimed', $index${{ schema }}.source_journal_lines (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_journal_lines_claimed', $index${{ schema }}.source_journal_lines (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_journal_lines_unarchived', $index${{ schema }}.source_journal_lines (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_journal_lines_ingested', $index${{ schema }}.source_journal_lines (ingested_at)$index$);
select {{ schema }}.ensure_view('source_journal_lines__lake', $view$
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
from {{ schema }}.source_journal_lines
$view$);

select {{ schema }}.ensure_shape('journal_lines', $shape${{ shape_of_journal_lines() }}$shape$);

create table if not exists {{ schema }}.rejected_journal_lines (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'journal_lines', 'auto', 'posted_on', '1 month', true, $table$
    entry_id varchar(20) not null,
    line_number integer not null,
    account_number varchar(8),
    account_type varchar(10),
    cost_center_code varchar(10),
    amount numeric(18,2),
    transaction_amount numeric(18,2),
    transaction_currency varchar(3),
    posted_on date not null,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (entry_id, line_number, posted_on)
$table$);
select {{ schema }}.make_partitions('journal_lines', '1 month', 3);
select {{ schema }}.ensure_index('ix_journal_lines_account', $index${{ schema }}.journal_lines (account_number, posted_on)$index$);
select {{ schema }}.ensure_index('ix_journal_lines_cost_center', $index${{ schema }}.journal_lines (cost_center_code, posted_on)$index$);
select {{ schema }}.ensure_index('ix_journal_lines_posted_on', $index${{ schema }}.journal_lines using brin (posted_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('journal_lines__lake', $view$
select
    entry_id,
    line_number,
    account_number,
    account_type,
    cost_center_code,
    amount::text as amount,
    transaction_amount::text as transaction_amount,
    transaction_currency,
    posted_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.journal_lines
    union all
    select * from {{ schema }}.missing_parts('journal_lines', null::{{ schema }}.journal_lines)
) as journal_lines
$view$);
select {{ schema }}.ensure_view('history_journal_lines', $view$
select
    entry_id,
    line_number,
    account_number,
    account_type,
    cost_center_code,
    amount,
    transaction_amount,
    transaction_currency,
    posted_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('journal_lines', null::{{ schema }}.journal_lines)
    union all
    select * from {{ schema }}.journal_lines
) as journal_lines
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_journal_lines() %}
{
    "kind": "event",
    "time_column": "posted_on",
    "key": ["entry_id", "line_number"],
    "physical_key": ["entry_id", "line_number", "posted_on"],
    "layout": null,
    "columns": [
        {"name": "entry_id", "type": "character varying(20)"},
        {"name": "line_number", "type": "integer"},
        {"name": "account_number", "type": "character varying(8)"},
        {"name": "account_type", "type": "character varying(10)"},
        {"name": "cost_center_code", "type": "character varying(10)"},
        {"name": "amount", "type": "numeric(18,2)"},
        {"name": "transaction_amount", "type": "numeric(18,2)"},
        {"name": "transaction_currency", "type": "character varying(3)"},
        {"name": "posted_on", "type": "date"}
    ]
}
{% endmacro %}

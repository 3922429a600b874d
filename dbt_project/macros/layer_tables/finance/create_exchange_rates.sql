{# The tables of exchange_rates. Generated from definitions/object_models/finance/exchange_rates.json: edit that file, not this one. #}
{% macro create_exchange_rates(schema) %}
create table if not exists {{ schema }}.source_exchange_rates (
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
select {{ schema }}.add_source_columns('source_exchange_rates');
select {{ schema }}.lift_raw_seq('source_exchange_rates');
select {{ schema }}.ensure_index('ix_exchange_rates_unclaimed', $index${{ schema }}.source_exchange_rates (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_exchange_rates_claimed', $index${{ schema }}.source_exchange_rates (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_exchange_rates_unarchived', $index${{ schema }}.source_exchange_rates (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_exchange_rates_ingested', $index${{ schema }}.source_exchange_rates (ingested_at)$index$);
select {{ schema }}.ensure_view('source_exchange_rates__lake', $view$
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
from {{ schema }}.source_exchange_rates
$view$);

select {{ schema }}.ensure_shape('exchange_rates', $shape${{ shape_of_exchange_rates() }}$shape$);

create table if not exists {{ schema }}.rejected_exchange_rates (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'exchange_rates', 'auto', 'rate_date', '1 month', true, $table$
    base_currency varchar(3) not null,
    quote_currency varchar(3) not null,
    rate_date date not null,
    rate numeric(18,8),
    rate_source varchar(16),
    published_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (base_currency, quote_currency, rate_date)
$table$);
select {{ schema }}.make_partitions('exchange_rates', '1 month', 3);
select {{ schema }}.ensure_index('ix_exchange_rates_rate_date', $index${{ schema }}.exchange_rates using brin (rate_date) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('exchange_rates__lake', $view$
select
    base_currency,
    quote_currency,
    rate_date,
    rate::text as rate,
    rate_source,
    published_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.exchange_rates
    union all
    select * from {{ schema }}.missing_parts('exchange_rates', null::{{ schema }}.exchange_rates)
) as exchange_rates
$view$);
select {{ schema }}.ensure_view('history_exchange_rates', $view$
select
    base_currency,
    quote_currency,
    rate_date,
    rate,
    rate_source,
    published_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('exchange_rates', null::{{ schema }}.exchange_rates)
    union all
    select * from {{ schema }}.exchange_rates
) as exchange_rates
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_exchange_rates() %}
{
    "kind": "event",
    "time_column": "rate_date",
    "key": ["base_currency", "quote_currency", "rate_date"],
    "physical_key": ["base_currency", "quote_currency", "rate_date"],
    "layout": null,
    "columns": [
        {"name": "base_currency", "type": "character varying(3)"},
        {"name": "quote_currency", "type": "character varying(3)"},
        {"name": "rate_date", "type": "date"},
        {"name": "rate", "type": "numeric(18,8)"},
        {"name": "rate_source", "type": "character varying(16)"},
        {"name": "published_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

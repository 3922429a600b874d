{# The tables of price_lists. Generated from definitions/object_models/commerce/price_lists.json: edit that file, not this one. #}
{% macro create_price_lists(schema) %}
create table if not exists {{ schema }}.source_price_lists (
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
select {{ schema }}.add_source_columns('source_price_lists');
select {{ schema }}.lift_raw_seq('source_price_lists');
select {{ schema }}.ensure_index('ix_price_lists_unclaimed', $index${{ schema }}.source_price_lists (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_price_lists_claimed', $index${{ schema }}.source_price_lists (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_price_lists_unarchived', $index${{ schema }}.source_price_lists (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_price_lists_ingested', $index${{ schema }}.source_price_lists (ingested_at)$index$);
select {{ schema }}.ensure_view('source_price_lists__lake', $view$
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
from {{ schema }}.source_price_lists
$view$);

select {{ schema }}.ensure_shape('price_lists', $shape${{ shape_of_price_lists() }}$shape$);

create table if not exists {{ schema }}.rejected_price_lists (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.price_lists (
    price_list_code varchar(24) not null,
    price_list_name varchar(80),
    channel varchar(10),
    currency varchar(3),
    includes_tax boolean,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (price_list_code)
);

select {{ schema }}.ensure_view('price_lists__lake', $view$
select
    price_list_code,
    price_list_name,
    channel,
    currency,
    includes_tax,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.price_lists
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_price_lists() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["price_list_code"],
    "physical_key": ["price_list_code"],
    "layout": null,
    "columns": [
        {"name": "price_list_code", "type": "character varying(24)"},
        {"name": "price_list_name", "type": "character varying(80)"},
        {"name": "channel", "type": "character varying(10)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "includes_tax", "type": "boolean"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

{# The tables of retention_offers. Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one. #}
{% macro create_retention_offers(schema) %}
create table if not exists {{ schema }}.source_retention_offers (
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
select {{ schema }}.add_source_columns('source_retention_offers');
select {{ schema }}.lift_raw_seq('source_retention_offers');
select {{ schema }}.ensure_index('ix_retention_offers_unclaimed', $index${{ schema }}.source_retention_offers (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_retention_offers_claimed', $index${{ schema }}.source_retention_offers (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_retention_offers_unarchived', $index${{ schema }}.source_retention_offers (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_retention_offers_ingested', $index${{ schema }}.source_retention_offers (ingested_at)$index$);
select {{ schema }}.ensure_view('source_retention_offers__lake', $view$
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
from {{ schema }}.source_retention_offers
$view$);

select {{ schema }}.ensure_shape('retention_offers', $shape${{ shape_of_retention_offers() }}$shape$);

create table if not exists {{ schema }}.rejected_retention_offers (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'retention_offers', 'auto', 'offered_at', '1 month', true, $table$
    offer_id uuid not null,
    customer_id uuid,
    promotion_code varchar(24),
    channel varchar(8),
    response varchar(10),
    is_control boolean,
    came_back_at timestamptz,
    offered_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (offer_id, offered_at)
$table$);
select {{ schema }}.make_partitions('retention_offers', '1 month', 3);
select {{ schema }}.ensure_index('ix_retention_offers_customer', $index${{ schema }}.retention_offers (customer_id, offered_at)$index$);
select {{ schema }}.ensure_index('ix_retention_offers_offered_at', $index${{ schema }}.retention_offers using brin (offered_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('retention_offers__lake', $view$
select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.retention_offers
    union all
    select * from {{ schema }}.missing_parts('retention_offers', null::{{ schema }}.retention_offers)
) as retention_offers
$view$);
select {{ schema }}.ensure_view('history_retention_offers', $view$
select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('retention_offers', null::{{ schema }}.retention_offers)
    union all
    select * from {{ schema }}.retention_offers
) as retention_offers
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_retention_offers() %}
{
    "kind": "event",
    "time_column": "offered_at",
    "key": ["offer_id"],
    "physical_key": ["offer_id", "offered_at"],
    "layout": null,
    "columns": [
        {"name": "offer_id", "type": "uuid"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "promotion_code", "type": "character varying(24)"},
        {"name": "channel", "type": "character varying(8)"},
        {"name": "response", "type": "character varying(10)"},
        {"name": "is_control", "type": "boolean"},
        {"name": "came_back_at", "type": "timestamp with time zone"},
        {"name": "offered_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

{# The tables of carts. Generated from definitions/object_models/commerce/carts.json: edit that file, not this one. #}
{% macro create_carts(schema) %}
create table if not exists {{ schema }}.source_carts (
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
select {{ schema }}.add_source_columns('source_carts');
select {{ schema }}.lift_raw_seq('source_carts');
select {{ schema }}.ensure_index('ix_carts_unclaimed', $index${{ schema }}.source_carts (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_carts_claimed', $index${{ schema }}.source_carts (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_carts_unarchived', $index${{ schema }}.source_carts (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_carts_ingested', $index${{ schema }}.source_carts (ingested_at)$index$);
select {{ schema }}.ensure_view('source_carts__lake', $view$
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
from {{ schema }}.source_carts
$view$);

select {{ schema }}.ensure_shape('carts', $shape${{ shape_of_carts() }}$shape$);

create table if not exists {{ schema }}.rejected_carts (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'carts', 'auto', 'opened_at', '1 month', true, $table$
    cart_id uuid not null,
    customer_id uuid,
    status varchar(10),
    order_id uuid,
    promotion_code varchar(24),
    discount_amount numeric(10,2),
    total_amount numeric(10,2),
    currency varchar(3),
    items jsonb,
    opened_at timestamptz not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (cart_id, opened_at)
$table$);
select {{ schema }}.make_partitions('carts', '1 month', 3);
select {{ schema }}.ensure_index('ix_carts_customer', $index${{ schema }}.carts (customer_id, opened_at)$index$);
select {{ schema }}.ensure_index('ix_carts_opened_at', $index${{ schema }}.carts using brin (opened_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('carts__lake', $view$
select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount::text as discount_amount,
    total_amount::text as total_amount,
    currency,
    items::text as items,
    opened_at,
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
    select * from {{ schema }}.carts
    union all
    select * from {{ schema }}.missing_parts('carts', null::{{ schema }}.carts)
) as carts
$view$);
select {{ schema }}.ensure_view('history_carts', $view$
select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
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
    select * from {{ schema }}.missing_rows('carts', null::{{ schema }}.carts)
    union all
    select * from {{ schema }}.carts
) as carts
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_carts() %}
{
    "kind": "event",
    "time_column": "opened_at",
    "key": ["cart_id"],
    "physical_key": ["cart_id", "opened_at"],
    "layout": null,
    "columns": [
        {"name": "cart_id", "type": "uuid"},
        {"name": "customer_id", "type": "uuid"},
        {"name": "status", "type": "character varying(10)"},
        {"name": "order_id", "type": "uuid"},
        {"name": "promotion_code", "type": "character varying(24)"},
        {"name": "discount_amount", "type": "numeric(10,2)"},
        {"name": "total_amount", "type": "numeric(10,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "items", "type": "jsonb"},
        {"name": "opened_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

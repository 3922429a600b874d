{# The tables of promotions. Generated from definitions/object_models/commerce/promotions.json: edit that file, not this one. #}
{% macro create_promotions(schema) %}
create table if not exists {{ schema }}.source_promotions (
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
select {{ schema }}.add_source_columns('source_promotions');
select {{ schema }}.lift_raw_seq('source_promotions');
select {{ schema }}.ensure_index('ix_promotions_unclaimed', $index${{ schema }}.source_promotions (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_promotions_claimed', $index${{ schema }}.source_promotions (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_promotions_unarchived', $index${{ schema }}.source_promotions (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_promotions_ingested', $index${{ schema }}.source_promotions (ingested_at)$index$);
select {{ schema }}.ensure_view('source_promotions__lake', $view$
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
from {{ schema }}.source_promotions
$view$);

select {{ schema }}.ensure_shape('promotions', $shape${{ shape_of_promotions() }}$shape$);

create table if not exists {{ schema }}.rejected_promotions (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.promotions_versions (
    promotion_code varchar(24),
    promotion_name varchar(120),
    discount_type varchar(8),
    discount_value numeric(9,2),
    free_sku varchar(16),
    starts_at timestamptz,
    ends_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    valid_from timestamptz,
    valid_to timestamptz,
    is_current boolean not null default true,
    _correlation_id text,
    primary key (_raw_seq)
);
select {{ schema }}.ensure_index('ix_promotions_versions_key', $index${{ schema }}.promotions_versions (promotion_code, valid_from)$index$);

create table if not exists {{ schema }}.promotions (
    promotion_code varchar(24) not null,
    promotion_name varchar(120),
    discount_type varchar(8),
    discount_value numeric(9,2),
    free_sku varchar(16),
    starts_at timestamptz,
    ends_at timestamptz,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (promotion_code)
);

select {{ schema }}.ensure_view('promotions__lake', $view$
select
    promotion_code,
    promotion_name,
    discount_type,
    discount_value::text as discount_value,
    free_sku,
    starts_at,
    ends_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.promotions
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_promotions() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["promotion_code"],
    "physical_key": ["promotion_code"],
    "layout": null,
    "columns": [
        {"name": "promotion_code", "type": "character varying(24)"},
        {"name": "promotion_name", "type": "character varying(120)"},
        {"name": "discount_type", "type": "character varying(8)"},
        {"name": "discount_value", "type": "numeric(9,2)"},
        {"name": "free_sku", "type": "character varying(16)"},
        {"name": "starts_at", "type": "timestamp with time zone"},
        {"name": "ends_at", "type": "timestamp with time zone"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

{# The tables of subscription. Generated from definitions/object_models/marketplace/subscription.json: edit that file, not this one. #}
{% macro create_subscription(schema) %}
create table if not exists {{ schema }}.source_subscription (
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
select {{ schema }}.add_source_columns('source_subscription');
select {{ schema }}.lift_raw_seq('source_subscription');
select {{ schema }}.ensure_index('ix_subscription_unclaimed', $index${{ schema }}.source_subscription (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_subscription_claimed', $index${{ schema }}.source_subscription (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_subscription_unarchived', $index${{ schema }}.source_subscription (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_subscription_ingested', $index${{ schema }}.source_subscription (ingested_at)$index$);
select {{ schema }}.ensure_view('source_subscription__lake', $view$
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
from {{ schema }}.source_subscription
$view$);

select {{ schema }}.ensure_shape('subscription', $shape${{ shape_of_subscription() }}$shape$);

create table if not exists {{ schema }}.rejected_subscription (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.subscription_versions (
    id varchar(64),
    tenant_id uuid,
    product_id varchar(64),
    subscriber_account_id varchar(12),
    agreement_id varchar(64),
    status varchar(24),
    start_date date,
    end_date date,
    monthly_value_usd numeric(18,2),
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
select {{ schema }}.ensure_index('ix_subscription_versions_key', $index${{ schema }}.subscription_versions (id, valid_from)$index$);

create table if not exists {{ schema }}.subscription (
    id varchar(64) not null,
    tenant_id uuid,
    product_id varchar(64),
    subscriber_account_id varchar(12),
    agreement_id varchar(64),
    status varchar(24),
    start_date date,
    end_date date,
    monthly_value_usd numeric(18,2),
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (id)
);
select {{ schema }}.ensure_index('ix_subscription_tenant_status', $index${{ schema }}.subscription (tenant_id, status)$index$);
select {{ schema }}.ensure_index('ix_subscription_subscriber', $index${{ schema }}.subscription (subscriber_account_id)$index$);

select {{ schema }}.ensure_view('subscription__lake', $view$
select
    id,
    tenant_id,
    product_id,
    subscriber_account_id,
    agreement_id,
    status,
    start_date,
    end_date,
    monthly_value_usd::text as monthly_value_usd,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.subscription
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_subscription() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["id"],
    "physical_key": ["id"],
    "layout": null,
    "columns": [
        {"name": "id", "type": "character varying(64)"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "product_id", "type": "character varying(64)"},
        {"name": "subscriber_account_id", "type": "character varying(12)"},
        {"name": "agreement_id", "type": "character varying(64)"},
        {"name": "status", "type": "character varying(24)"},
        {"name": "start_date", "type": "date"},
        {"name": "end_date", "type": "date"},
        {"name": "monthly_value_usd", "type": "numeric(18,2)"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

{# The tables of marketing_touchpoint. Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one. #}
{% macro create_marketing_touchpoint(schema) %}
create table if not exists {{ schema }}.source_marketing_touchpoint (
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
select {{ schema }}.add_source_columns('source_marketing_touchpoint');
select {{ schema }}.lift_raw_seq('source_marketing_touchpoint');
select {{ schema }}.ensure_index('ix_marketing_touchpoint_unclaimed', $index${{ schema }}.source_marketing_touchpoint (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketing_touchpoint_claimed', $index${{ schema }}.source_marketing_touchpoint (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketing_touchpoint_unarchived', $index${{ schema }}.source_marketing_touchpoint (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketing_touchpoint_ingested', $index${{ schema }}.source_marketing_touchpoint (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketing_touchpoint__lake', $view$
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
from {{ schema }}.source_marketing_touchpoint
$view$);

select {{ schema }}.ensure_shape('marketing_touchpoint', $shape${{ shape_of_marketing_touchpoint() }}$shape$);

create table if not exists {{ schema }}.rejected_marketing_touchpoint (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'marketing_touchpoint', 'auto', 'touched_at', '1 month', true, $table$
    touchpoint_id uuid not null,
    touched_at timestamptz not null,
    tenant_id uuid,
    contact_id uuid,
    campaign_id varchar(64),
    channel_code varchar(32),
    interaction varchar(24),
    asset varchar(255),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (touchpoint_id, touched_at)
$table$);
select {{ schema }}.make_partitions('marketing_touchpoint', '1 month', 3);
select {{ schema }}.ensure_index('ix_marketing_touchpoint_campaign', $index${{ schema }}.marketing_touchpoint (campaign_id, touched_at)$index$);
select {{ schema }}.ensure_index('ix_marketing_touchpoint_contact_id', $index${{ schema }}.marketing_touchpoint (contact_id)$index$);
select {{ schema }}.ensure_index('ix_marketing_touchpoint_touched_at', $index${{ schema }}.marketing_touchpoint using brin (touched_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('marketing_touchpoint__lake', $view$
select
    touchpoint_id,
    touched_at,
    tenant_id,
    contact_id,
    campaign_id,
    channel_code,
    interaction,
    asset,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.marketing_touchpoint
    union all
    select * from {{ schema }}.missing_parts('marketing_touchpoint', null::{{ schema }}.marketing_touchpoint)
) as marketing_touchpoint
$view$);
select {{ schema }}.ensure_view('history_marketing_touchpoint', $view$
select
    touchpoint_id,
    touched_at,
    tenant_id,
    contact_id,
    campaign_id,
    channel_code,
    interaction,
    asset,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('marketing_touchpoint', null::{{ schema }}.marketing_touchpoint)
    union all
    select * from {{ schema }}.marketing_touchpoint
) as marketing_touchpoint
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketing_touchpoint() %}
{
    "kind": "event",
    "time_column": "touched_at",
    "key": ["touchpoint_id"],
    "physical_key": ["touchpoint_id", "touched_at"],
    "layout": null,
    "columns": [
        {"name": "touchpoint_id", "type": "uuid"},
        {"name": "touched_at", "type": "timestamp with time zone"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "contact_id", "type": "uuid"},
        {"name": "campaign_id", "type": "character varying(64)"},
        {"name": "channel_code", "type": "character varying(32)"},
        {"name": "interaction", "type": "character varying(24)"},
        {"name": "asset", "type": "character varying(255)"}
    ]
}
{% endmacro %}

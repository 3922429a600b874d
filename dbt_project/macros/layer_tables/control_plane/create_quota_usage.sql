{# The tables of quota_usage. Generated from definitions/object_models/control_plane/quota_usage.json: edit that file, not this one. #}
{% macro create_quota_usage(schema) %}
create table if not exists {{ schema }}.source_quota_usage (
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
select {{ schema }}.add_source_columns('source_quota_usage');
select {{ schema }}.lift_raw_seq('source_quota_usage');
select {{ schema }}.ensure_index('ix_quota_usage_unclaimed', $index${{ schema }}.source_quota_usage (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_quota_usage_claimed', $index${{ schema }}.source_quota_usage (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_quota_usage_unarchived', $index${{ schema }}.source_quota_usage (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_quota_usage_ingested', $index${{ schema }}.source_quota_usage (ingested_at)$index$);
select {{ schema }}.ensure_view('source_quota_usage__lake', $view$
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
from {{ schema }}.source_quota_usage
$view$);

select {{ schema }}.ensure_shape('quota_usage', $shape${{ shape_of_quota_usage() }}$shape$);

create table if not exists {{ schema }}.rejected_quota_usage (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'quota_usage', 'auto', 'measured_at', '1 month', true, $table$
    quota_id varchar(80) not null,
    measured_at timestamptz not null,
    tenant_id uuid,
    used_value bigint,
    limit_value bigint,
    refused_count bigint,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (quota_id, measured_at)
$table$);
select {{ schema }}.make_partitions('quota_usage', '1 month', 3);
select {{ schema }}.ensure_index('ix_quota_usage_measured_at', $index${{ schema }}.quota_usage using brin (measured_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('quota_usage__lake', $view$
select
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.quota_usage
    union all
    select * from {{ schema }}.missing_parts('quota_usage', null::{{ schema }}.quota_usage)
) as quota_usage
$view$);
select {{ schema }}.ensure_view('history_quota_usage', $view$
select
    quota_id,
    measured_at,
    tenant_id,
    used_value,
    limit_value,
    refused_count,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('quota_usage', null::{{ schema }}.quota_usage)
    union all
    select * from {{ schema }}.quota_usage
) as quota_usage
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_quota_usage() %}
{
    "kind": "event",
    "time_column": "measured_at",
    "key": ["measured_at", "quota_id"],
    "physical_key": ["quota_id", "measured_at"],
    "layout": null,
    "columns": [
        {"name": "quota_id", "type": "character varying(80)"},
        {"name": "measured_at", "type": "timestamp with time zone"},
        {"name": "tenant_id", "type": "uuid"},
        {"name": "used_value", "type": "bigint"},
        {"name": "limit_value", "type": "bigint"},
        {"name": "refused_count", "type": "bigint"}
    ]
}
{% endmacro %}

{# The tables of campaign_spend. Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one. #}
{% macro create_campaign_spend(schema) %}
create table if not exists {{ schema }}.source_campaign_spend (
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
select {{ schema }}.add_source_columns('source_campaign_spend');
select {{ schema }}.lift_raw_seq('source_campaign_spend');
select {{ schema }}.ensure_index('ix_campaign_spend_unclaimed', $index${{ schema }}.source_campaign_spend (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_campaign_spend_claimed', $index${{ schema }}.source_campaign_spend (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_campaign_spend_unarchived', $index${{ schema }}.source_campaign_spend (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_campaign_spend_ingested', $index${{ schema }}.source_campaign_spend (ingested_at)$index$);
select {{ schema }}.ensure_view('source_campaign_spend__lake', $view$
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
from {{ schema }}.source_campaign_spend
$view$);

select {{ schema }}.ensure_shape('campaign_spend', $shape${{ shape_of_campaign_spend() }}$shape$);

create table if not exists {{ schema }}.rejected_campaign_spend (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'campaign_spend', 'auto', 'spend_date', '1 month', true, $table$
    tenant_id uuid,
    campaign_id varchar(64) not null,
    channel_code varchar(32) not null,
    spend_date date not null,
    impressions bigint,
    clicks bigint,
    cost_usd numeric(14,4),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (campaign_id, channel_code, spend_date)
$table$);
select {{ schema }}.make_partitions('campaign_spend', '1 month', 3);
select {{ schema }}.ensure_index('ix_campaign_spend_spend_date', $index${{ schema }}.campaign_spend using brin (spend_date) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('campaign_spend__lake', $view$
select
    tenant_id,
    campaign_id,
    channel_code,
    spend_date,
    impressions,
    clicks,
    cost_usd::text as cost_usd,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.campaign_spend
    union all
    select * from {{ schema }}.missing_parts('campaign_spend', null::{{ schema }}.campaign_spend)
) as campaign_spend
$view$);
select {{ schema }}.ensure_view('history_campaign_spend', $view$
select
    tenant_id,
    campaign_id,
    channel_code,
    spend_date,
    impressions,
    clicks,
    cost_usd,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('campaign_spend', null::{{ schema }}.campaign_spend)
    union all
    select * from {{ schema }}.campaign_spend
) as campaign_spend
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_campaign_spend() %}
{
    "kind": "event",
    "time_column": "spend_date",
    "key": ["campaign_id", "channel_code", "spend_date"],
    "physical_key": ["campaign_id", "channel_code", "spend_date"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "campaign_id", "type": "character varying(64)"},
        {"name": "channel_code", "type": "character varying(32)"},
        {"name": "spend_date", "type": "date"},
        {"name": "impressions", "type": "bigint"},
        {"name": "clicks", "type": "bigint"},
        {"name": "cost_usd", "type": "numeric(14,4)"}
    ]
}
{% endmacro %}

{{ config(materialized='view') }}

-- One row per row of marketing_touchpoint that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one.
-- depends_on: {{ ref('marketing_touchpoint') }}
{% if target.type == 'spark' %}
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
from {{ handed_over('marketing_touchpoint', 'cold') }} as files
where {{ handover_is_current('marketing_touchpoint') }}
{% else %}
{% set archived = archived_files('marketing_touchpoint') %}
{% if archived.paths %}
select
    cast(touchpoint_id as uuid) as touchpoint_id,
    cast(touched_at as timestamptz) as touched_at,
    cast(tenant_id as uuid) as tenant_id,
    cast(contact_id as uuid) as contact_id,
    cast(campaign_id as varchar) as campaign_id,
    cast(channel_code as varchar) as channel_code,
    cast(interaction as varchar) as interaction,
    cast(asset as varchar) as asset,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::uuid as touchpoint_id,
        null::timestamptz as touched_at,
        null::uuid as tenant_id,
        null::uuid as contact_id,
        null::varchar as campaign_id,
        null::varchar as channel_code,
        null::varchar as interaction,
        null::varchar as asset,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('marketing_touchpoint', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as touchpoint_id,
    cast(case when guard.is_current then null end as timestamptz) as touched_at,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as uuid) as contact_id,
    cast(case when guard.is_current then null end as varchar) as campaign_id,
    cast(case when guard.is_current then null end as varchar) as channel_code,
    cast(case when guard.is_current then null end as varchar) as interaction,
    cast(case when guard.is_current then null end as varchar) as asset,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('marketing_touchpoint', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

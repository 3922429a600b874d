{{ config(materialized='view') }}

-- One row per touchpoint_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one.
-- depends_on: {{ ref('marketing_touchpoint') }}
with everything as (
    select
        coalesce(
            touchpoint_id,
            {{ sql_error('archived rows of marketing_touchpoint have no touchpoint_id; if it was renamed, state renamed_from in the definition') }}
        ) as touchpoint_id,
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
    from {{ ref('archive_marketing_touchpoint') }}
    union all
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
    from {{ handed_over('marketing_touchpoint', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('marketing_touchpoint') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by touchpoint_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('marketing_touchpoint') }}

{{ config(materialized='view') }}

-- One row per event_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one.
-- depends_on: {{ ref('tracking_events') }}
with everything as (
    select
        coalesce(
            event_id,
            {{ sql_error('archived rows of tracking_events have no event_id; if it was renamed, state renamed_from in the definition') }}
        ) as event_id,
        shipment_id,
        event_type,
        site_code,
        delay_minutes,
        occurred_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_tracking_events') }}
    union all
    {% if target.type == 'spark' %}
    select
        event_id,
        shipment_id,
        event_type,
        site_code,
        delay_minutes,
        occurred_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('tracking_events', 'hot') }} as hot
    {% else %}
    select
        cast(event_id as varchar) as event_id,
        cast(shipment_id as uuid) as shipment_id,
        cast(event_type as varchar) as event_type,
        cast(site_code as varchar) as site_code,
        cast(delay_minutes as integer) as delay_minutes,
        cast(occurred_at as timestamptz) as occurred_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('tracking_events') }}
    {% endif %}
),

ranked as (
    select
        event_id,
        shipment_id,
        event_type,
        site_code,
        delay_minutes,
        occurred_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by event_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
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
    and {{ archive_is_current('tracking_events') }}

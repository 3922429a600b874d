{{ config(materialized='view') }}

-- One row per row of tracking_events that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one.
-- depends_on: {{ ref('tracking_events') }}
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
from {{ handed_over('tracking_events', 'cold') }} as files
where {{ handover_is_current('tracking_events') }}
{% else %}
{% set archived = archived_files('tracking_events') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as event_id,
        null::uuid as shipment_id,
        null::varchar as event_type,
        null::varchar as site_code,
        null::integer as delay_minutes,
        null::timestamptz as occurred_at,
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
where {{ is_current('tracking_events', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as event_id,
    cast(case when guard.is_current then null end as uuid) as shipment_id,
    cast(case when guard.is_current then null end as varchar) as event_type,
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as integer) as delay_minutes,
    cast(case when guard.is_current then null end as timestamptz) as occurred_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('tracking_events', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

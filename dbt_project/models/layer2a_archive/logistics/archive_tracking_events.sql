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
{% set archived = archived_files('tracking_events', times=['occurred_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'occurred_at', 'timestamptz') %}
        'event_id': {name: 'event_id', type: 'VARCHAR', default_value: null},
        'shipment_id': {name: 'shipment_id', type: 'UUID', default_value: null},
        'event_type': {name: 'event_type', type: 'VARCHAR', default_value: null},
        'site_code': {name: 'site_code', type: 'VARCHAR', default_value: null},
        'delay_minutes': {name: 'delay_minutes', type: 'INTEGER', default_value: null},
        'occurred_at': {name: 'occurred_at', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('tracking_events', archived.revision) }}
{% endif %}
{% endif %}

{{ config(materialized='view') }}

-- One row per row of support_tickets that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one.
-- depends_on: {{ ref('support_tickets') }}
{% if target.type == 'spark' %}
select
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('support_tickets', 'cold') }} as files
where {{ handover_is_current('support_tickets') }}
{% else %}
{% set archived = archived_files('support_tickets', times=['opened_at']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
    cast(case when guard.is_current then null end as bigint) as ticket_number,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as varchar) as topic,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as integer) as first_reply_minutes,
    cast(case when guard.is_current then null end as integer) as solved_in_minutes,
    cast(case when guard.is_current then null end as smallint) as satisfaction,
    cast(case when guard.is_current then null end as timestamptz) as opened_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('support_tickets', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    cast(ticket_number as bigint) as ticket_number,
    cast(customer_id as uuid) as customer_id,
    cast(order_id as uuid) as order_id,
    cast(topic as varchar) as topic,
    cast(status as varchar) as status,
    cast(first_reply_minutes as integer) as first_reply_minutes,
    cast(solved_in_minutes as integer) as solved_in_minutes,
    cast(satisfaction as smallint) as satisfaction,
    cast(opened_at as timestamptz) as opened_at,
    cast(updated_at as timestamptz) as updated_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    {%- call archived_rows(archived, 'opened_at', 'timestamptz') %}
        'ticket_number': {name: 'ticket_number', type: 'BIGINT', default_value: null},
        'customer_id': {name: 'customer_id', type: 'UUID', default_value: null},
        'order_id': {name: 'order_id', type: 'UUID', default_value: null},
        'topic': {name: 'topic', type: 'VARCHAR', default_value: null},
        'status': {name: 'status', type: 'VARCHAR', default_value: null},
        'first_reply_minutes': {name: 'first_reply_minutes', type: 'INTEGER', default_value: null},
        'solved_in_minutes': {name: 'solved_in_minutes', type: 'INTEGER', default_value: null},
        'satisfaction': {name: 'satisfaction', type: 'SMALLINT', default_value: null},
        'opened_at': {name: 'opened_at', type: 'TIMESTAMPTZ', default_value: null},
        'updated_at': {name: 'updated_at', type: 'TIMESTAMPTZ', default_value: null},
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
where {{ is_current('support_tickets', archived.revision) }}
{% endif %}
{% endif %}

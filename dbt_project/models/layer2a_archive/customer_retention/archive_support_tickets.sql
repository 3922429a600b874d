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
{% set archived = archived_files('support_tickets') %}
{% if archived.paths %}
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
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::bigint as ticket_number,
        null::uuid as customer_id,
        null::uuid as order_id,
        null::varchar as topic,
        null::varchar as status,
        null::integer as first_reply_minutes,
        null::integer as solved_in_minutes,
        null::smallint as satisfaction,
        null::timestamptz as opened_at,
        null::timestamptz as updated_at,
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
where {{ is_current('support_tickets', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
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
{% endif %}
{% endif %}

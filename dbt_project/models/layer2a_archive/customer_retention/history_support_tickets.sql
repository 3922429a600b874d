{{ config(materialized='view') }}

-- One row per ticket_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one.
-- depends_on: {{ ref('support_tickets') }}
with everything as (
    select
        coalesce(
            ticket_number,
            {{ sql_error('archived rows of support_tickets have no ticket_number; if it was renamed, state renamed_from in the definition') }}
        ) as ticket_number,
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
    from {{ ref('archive_support_tickets') }}
    union all
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
    from {{ handed_over('support_tickets', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('support_tickets') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by ticket_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('support_tickets') }}

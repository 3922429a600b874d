-- One row per claimed raw record of support_tickets, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('customer_retention', 'source_support_tickets') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        nullif(_payload ->> 'id', '') as ticket_number,
        nullif(_payload ->> 'requester', '') as customer_id,
        nullif(_payload ->> 'order', '') as order_id,
        _payload ->> 'topic' as topic,
        _payload ->> 'status' as status,
        _payload ->> 'subject' as subject,
        nullif(_payload #>> '{metrics, reply_minutes}', '') as first_reply_minutes,
        nullif(_payload #>> '{metrics, solve_minutes}', '') as solved_in_minutes,
        nullif(_payload ->> 'csat', '') as satisfaction,
        nullif(_payload ->> 'created_at', '') as opened_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.ticket_number,
        typed.customer_id,
        typed.order_id,
        typed.topic,
        typed.status,
        typed.subject,
        typed.first_reply_minutes,
        typed.solved_in_minutes,
        typed.satisfaction,
        typed.opened_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('ticket_number', 'bigint', required=true) }},
                {{ cast_fault('customer_id', 'uuid') }},
                {{ cast_fault('order_id', 'uuid') }},
                {{ cast_fault('topic', 'varchar(16)', required=true) }},
                {{ cast_fault('status', 'varchar(8)', required=true) }},
                {{ cast_fault('subject', 'varchar(200)', required=true) }},
                {{ cast_fault('first_reply_minutes', 'integer') }},
                {{ cast_fault('solved_in_minutes', 'integer') }},
                {{ cast_fault('satisfaction', 'smallint') }},
                {{ cast_fault('opened_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.ticket_number', 'bigint') }} as ticket_number,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.topic', 'varchar(16)') }} as topic,
            {{ cast_or_null('sent.status', 'varchar(8)') }} as status,
            {{ cast_or_null('sent.subject', 'varchar(200)') }} as subject,
            {{ cast_or_null('sent.first_reply_minutes', 'integer') }} as first_reply_minutes,
            {{ cast_or_null('sent.solved_in_minutes', 'integer') }} as solved_in_minutes,
            {{ cast_or_null('sent.satisfaction', 'smallint') }} as satisfaction,
            {{ cast_or_null('sent.opened_at', 'timestamptz') }} as opened_at,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        ticket_number,
        customer_id,
        order_id,
        topic,
        status,
        subject,
        first_reply_minutes,
        solved_in_minutes,
        satisfaction,
        opened_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (ticket_number >= 1)
                    then 'ticket_number: expected at least 1'
            end,
            case
                when not (status in ('open', 'pending', 'solved'))
                    then 'status: expected one of open, pending, solved'
            end,
            case
                when not (first_reply_minutes >= 0)
                    then 'first_reply_minutes: expected at least 0'
            end,
            case
                when not (solved_in_minutes >= 0)
                    then 'solved_in_minutes: expected at least 0'
            end,
            case
                when not (satisfaction between 1 and 5)
                    then 'satisfaction: expected 1 to 5'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (topic in ('late', 'wrong_item', 'quality', 'payment', 'loyalty', 'praise', 'other'))
                    then 'topic: expected one of late, wrong_item, quality, payment, loyalty, praise, other'
            end,
            case
                when not ((solved_in_minutes is not null) = (status = 'solved'))
                    then 'solved_in_minutes: does not hold: (solved_in_minutes is not null) = (status = ''solved'')'
            end,
            case
                when not (first_reply_minutes is null or solved_in_minutes is null or solved_in_minutes >= first_reply_minutes)
                    then 'solved_in_minutes: does not hold: first_reply_minutes is null or solved_in_minutes is null or solved_in_minutes >= first_reply_minutes'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    subject,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('support_tickets') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 8, 2)::numeric(3, 2) as _quality_score
from judged

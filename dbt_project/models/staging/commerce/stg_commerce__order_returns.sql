-- One row per claimed raw record of order_returns, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/order_returns.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_order_returns') }}
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
        nullif(_payload ->> 'id', '') as return_id,
        nullif(_payload ->> 'order', '') as order_id,
        _payload ->> 'sku' as sku,
        _payload ->> 'reason' as reason,
        _payload ->> 'decision' as decision,
        nullif(_payload ->> 'minutes', '') as decided_in_minutes,
        nullif(_payload ->> 'requested_at', '') as requested_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.return_id,
        typed.order_id,
        typed.sku,
        typed.reason,
        typed.decision,
        typed.decided_in_minutes,
        typed.requested_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('return_id', 'uuid', required=true) }},
                {{ cast_fault('order_id', 'uuid', required=true) }},
                {{ cast_fault('sku', 'varchar(16)') }},
                {{ cast_fault('reason', 'varchar(12)', required=true) }},
                {{ cast_fault('decision', 'varchar(10)', required=true) }},
                {{ cast_fault('decided_in_minutes', 'integer') }},
                {{ cast_fault('requested_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.return_id', 'uuid') }} as return_id,
            {{ cast_or_null('sent.order_id', 'uuid') }} as order_id,
            {{ cast_or_null('sent.sku', 'varchar(16)') }} as sku,
            {{ cast_or_null('sent.reason', 'varchar(12)') }} as reason,
            {{ cast_or_null('sent.decision', 'varchar(10)') }} as decision,
            {{ cast_or_null('sent.decided_in_minutes', 'integer') }} as decided_in_minutes,
            {{ cast_or_null('sent.requested_at', 'timestamptz') }} as requested_at,
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
        return_id,
        order_id,
        sku,
        reason,
        decision,
        decided_in_minutes,
        requested_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (sku ~ '^[A-Z]{3}-[0-9]{3}$')
                    then 'sku: does not fit ^[A-Z]{3}-[0-9]{3}$'
            end,
            case
                when not (decision in ('open', 'refund', 'replace', 'refuse'))
                    then 'decision: expected one of open, refund, replace, refuse'
            end,
            case
                when not (decided_in_minutes >= 0)
                    then 'decided_in_minutes: expected at least 0'
            end,
            case
                when not ((decided_in_minutes is null) = (decision = 'open'))
                    then 'decided_in_minutes: does not hold: (decided_in_minutes is null) = (decision = ''open'')'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (reason in ('late', 'wrong_item', 'quality', 'allergy', 'changed_mind', 'other'))
                    then 'reason: expected one of late, wrong_item, quality, allergy, changed_mind, other'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('order_returns') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged

-- One row per claimed raw record of retention_offers, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('customer_retention', 'source_retention_offers') }}
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
        nullif(_payload ->> 'id', '') as offer_id,
        nullif(_payload ->> 'customer', '') as customer_id,
        _payload ->> 'promotion' as promotion_code,
        _payload ->> 'channel' as channel,
        _payload ->> 'response' as response,
        coalesce(nullif(_payload ->> 'control', ''), 'false') as is_control,
        nullif(_payload ->> 'next_order_at', '') as came_back_at,
        nullif(_payload ->> 'offered_at', '') as offered_at,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.offer_id,
        typed.customer_id,
        typed.promotion_code,
        typed.channel,
        typed.response,
        typed.is_control,
        typed.came_back_at,
        typed.offered_at,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('offer_id', 'uuid', required=true) }},
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('promotion_code', 'varchar(24)') }},
                {{ cast_fault('channel', 'varchar(8)', required=true) }},
                {{ cast_fault('response', 'varchar(10)', required=true) }},
                {{ cast_fault('is_control', 'boolean', required=true) }},
                {{ cast_fault('came_back_at', 'timestamptz') }},
                {{ cast_fault('offered_at', 'timestamptz', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.offer_id', 'uuid') }} as offer_id,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.promotion_code', 'varchar(24)') }} as promotion_code,
            {{ cast_or_null('sent.channel', 'varchar(8)') }} as channel,
            {{ cast_or_null('sent.response', 'varchar(10)') }} as response,
            {{ cast_or_null('sent.is_control', 'boolean') }} as is_control,
            {{ cast_or_null('sent.came_back_at', 'timestamptz') }} as came_back_at,
            {{ cast_or_null('sent.offered_at', 'timestamptz') }} as offered_at,
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
        offer_id,
        customer_id,
        promotion_code,
        channel,
        response,
        is_control,
        came_back_at,
        offered_at,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (channel in ('email', 'sms', 'app', 'till'))
                    then 'channel: expected one of email, sms, app, till'
            end,
            case
                when not (response in ('open', 'accepted', 'declined', 'expired'))
                    then 'response: expected one of open, accepted, declined, expired'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (not is_control or response in ('open', 'expired'))
                    then 'is_control: does not hold: not is_control or response in (''open'', ''expired'')'
            end,
            case
                when not (came_back_at is null or came_back_at >= offered_at)
                    then 'offered_at: does not hold: came_back_at is null or came_back_at >= offered_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('retention_offers') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged

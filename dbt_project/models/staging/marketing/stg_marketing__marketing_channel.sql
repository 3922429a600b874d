-- One row per claimed raw record of marketing_channel, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/marketing/marketing_channel.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('marketing', 'source_marketing_channel') }}
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
        _payload ->> 'channel_code' as channel_code,
        _payload ->> 'channel_name' as channel_name,
        nullif(_payload ->> 'is_paid', '') as is_paid,
        nullif(_payload ->> 'needs_consent', '') as needs_consent,
        _payload ->> 'partner_central_name' as partner_central_name
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.channel_code,
        typed.channel_name,
        typed.is_paid,
        typed.needs_consent,
        typed.partner_central_name,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('channel_code', 'varchar(32)', required=true) }},
                {{ cast_fault('channel_name', 'varchar(80)', required=true) }},
                {{ cast_fault('is_paid', 'boolean', required=true) }},
                {{ cast_fault('needs_consent', 'boolean', required=true) }},
                {{ cast_fault('partner_central_name', 'varchar(80)') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.channel_code', 'varchar(32)') }} as channel_code,
            {{ cast_or_null('sent.channel_name', 'varchar(80)') }} as channel_name,
            {{ cast_or_null('sent.is_paid', 'boolean') }} as is_paid,
            {{ cast_or_null('sent.needs_consent', 'boolean') }} as needs_consent,
            {{ cast_or_null('sent.partner_central_name', 'varchar(80)') }} as partner_central_name
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        channel_code,
        channel_name,
        is_paid,
        needs_consent,
        partner_central_name,
        _cast_faults || array_remove(array[
            case
                when not (channel_code ~ '^[a-z_]+$')
                    then 'channel_code: does not fit ^[a-z_]+$'
            end,
            case
                when not (char_length(channel_name) between 1 and 80)
                    then 'channel_name: expected 1 to 80 characters'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    channel_code,
    channel_name,
    is_paid,
    needs_consent,
    partner_central_name,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('marketing_channel') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged

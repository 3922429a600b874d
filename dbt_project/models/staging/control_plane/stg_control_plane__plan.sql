-- One row per claimed raw record of plan, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/control_plane/plan.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('control_plane', 'source_plan') }}
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
        _payload ->> 'plan' as plan,
        _payload ->> 'display_name' as display_name,
        nullif(_payload ->> 'price_usd_month', '') as price_usd_month,
        nullif(_payload ->> 'included_users', '') as included_users,
        nullif(_payload ->> 'included_connectors', '') as included_connectors,
        nullif(_payload ->> 'retention_days', '') as retention_days,
        nullif(_payload ->> 'is_sold', '') as is_sold
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.plan,
        typed.display_name,
        typed.price_usd_month,
        typed.included_users,
        typed.included_connectors,
        typed.retention_days,
        typed.is_sold,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('plan', 'varchar(32)', required=true) }},
                {{ cast_fault('display_name', 'varchar(80)', required=true) }},
                {{ cast_fault('price_usd_month', 'numeric(10,2)') }},
                {{ cast_fault('included_users', 'integer') }},
                {{ cast_fault('included_connectors', 'integer') }},
                {{ cast_fault('retention_days', 'integer', required=true) }},
                {{ cast_fault('is_sold', 'boolean', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.plan', 'varchar(32)') }} as plan,
            {{ cast_or_null('sent.display_name', 'varchar(80)') }} as display_name,
            {{ cast_or_null('sent.price_usd_month', 'numeric(10,2)') }} as price_usd_month,
            {{ cast_or_null('sent.included_users', 'integer') }} as included_users,
            {{ cast_or_null('sent.included_connectors', 'integer') }} as included_connectors,
            {{ cast_or_null('sent.retention_days', 'integer') }} as retention_days,
            {{ cast_or_null('sent.is_sold', 'boolean') }} as is_sold
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        plan,
        display_name,
        price_usd_month,
        included_users,
        included_connectors,
        retention_days,
        is_sold,
        _cast_faults || array_remove(array[
            case
                when not (plan in ('free', 'team', 'business', 'enterprise'))
                    then 'plan: expected one of free, team, business, enterprise'
            end,
            case
                when not (char_length(display_name) between 1 and 80)
                    then 'display_name: expected 1 to 80 characters'
            end,
            case
                when not (price_usd_month >= 0)
                    then 'price_usd_month: expected at least 0'
            end,
            case
                when not (included_users >= 1)
                    then 'included_users: expected at least 1'
            end,
            case
                when not (included_connectors >= 0)
                    then 'included_connectors: expected at least 0'
            end,
            case
                when not (retention_days between 7 and 3660)
                    then 'retention_days: expected 7 to 3660'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    plan,
    display_name,
    price_usd_month,
    included_users,
    included_connectors,
    retention_days,
    is_sold,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('plan') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 6, 2)::numeric(3, 2) as _quality_score
from judged

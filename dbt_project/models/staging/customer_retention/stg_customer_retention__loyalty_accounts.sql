-- One row per claimed raw record of loyalty_accounts, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/loyalty_accounts.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('customer_retention', 'source_loyalty_accounts') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        _payload ->> 'card' as account_number,
        nullif(_payload ->> 'customer', '') as customer_id,
        _payload ->> 'tier' as tier,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'points', '') as point_balance,
        _payload ->> 'email' as email,
        nullif(_payload ->> 'born', '') as birth_date,
        nullif(_payload ->> 'joined', '') as joined_on,
        nullif(_payload ->> 'closed', '') as closed_on,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.account_number,
        typed.customer_id,
        typed.tier,
        typed.status,
        typed.point_balance,
        typed.email,
        typed.birth_date,
        typed.joined_on,
        typed.closed_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('account_number', 'varchar(16)', required=true) }},
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('tier', 'varchar(8)', required=true) }},
                {{ cast_fault('status', 'varchar(8)', required=true) }},
                {{ cast_fault('point_balance', 'integer', required=true) }},
                {{ cast_fault('email', 'varchar(254)') }},
                {{ cast_fault('birth_date', 'date') }},
                {{ cast_fault('joined_on', 'date', required=true) }},
                {{ cast_fault('closed_on', 'date') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.account_number', 'varchar(16)') }} as account_number,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.tier', 'varchar(8)') }} as tier,
            {{ cast_or_null('sent.status', 'varchar(8)') }} as status,
            {{ cast_or_null('sent.point_balance', 'integer') }} as point_balance,
            {{ cast_or_null('sent.email', 'varchar(254)') }} as email,
            {{ cast_or_null('sent.birth_date', 'date') }} as birth_date,
            {{ cast_or_null('sent.joined_on', 'date') }} as joined_on,
            {{ cast_or_null('sent.closed_on', 'date') }} as closed_on,
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
        _correlation_id,
        account_number,
        customer_id,
        tier,
        status,
        point_balance,
        email,
        birth_date,
        joined_on,
        closed_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (account_number ~ '^[0-9]{10}$')
                    then 'account_number: does not fit ^[0-9]{10}$'
            end,
            case
                when not (tier in ('basic', 'silver', 'gold'))
                    then 'tier: expected one of basic, silver, gold'
            end,
            case
                when not (status in ('open', 'paused', 'closed'))
                    then 'status: expected one of open, paused, closed'
            end,
            case
                when not (point_balance >= 0)
                    then 'point_balance: expected at least 0'
            end,
            case
                when not (closed_on is null or closed_on >= joined_on)
                    then 'closed_on: does not hold: closed_on is null or closed_on >= joined_on'
            end,
            case
                when not ((closed_on is not null) = (status = 'closed'))
                    then 'closed_on: does not hold: (closed_on is not null) = (status = ''closed'')'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (email ~ '^[^@ ]+@[^@ ]+[.][^@ ]+$')
                    then 'email: does not fit ^[^@ ]+@[^@ ]+[.][^@ ]+$'
            end,
            case
                when not (birth_date between '1900-01-01' and '2020-12-31')
                    then 'birth_date: expected 1900-01-01 to 2020-12-31'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    account_number,
    customer_id,
    tier,
    status,
    point_balance,
    email,
    birth_date,
    joined_on,
    closed_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('loyalty_accounts') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 8, 2)::numeric(3, 2) as _quality_score
from judged

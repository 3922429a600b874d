{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('loyalty_accounts') }}",
        post_hook="{{ drop_stale_versions('loyalty_accounts', ref('stg_customer_retention__loyalty_accounts')) }}",
    )
}}

-- One row per version a record of loyalty_accounts had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/customer_retention/loyalty_accounts.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_loyalty_accounts') }}
with accepted as (
    select
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        now() as _loaded_at,
        1 as _definition_version,
        _quality_issues,
        _quality_score,
        _valid_from as valid_from,
        _correlation_id
    from {{ ref('stg_customer_retention__loyalty_accounts') }}
    where _errors = '{}' and {{ in_open_batch('loyalty_accounts') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
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
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from,
        _correlation_id
    from {{ this }} as standing
    where
        (account_number) in (
            select accepted.account_number
            from accepted
            union all
            select earlier.account_number
            from {{ this }} as earlier
            where {{ in_open_batch('loyalty_accounts') }}
        )
        and not {{ in_open_batch('loyalty_accounts') }}
        and not exists (
            select from accepted as again
            where again._raw_seq = standing._raw_seq
        )
),

everything as (
    select * from accepted
    union all
    select * from known
)

select
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
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    -- Where the order is not one of time, a newer version may hold from earlier on: no two may hold at once.
    case when count(*) over later > 0 then greatest(valid_from, min(valid_from) over later) end as valid_to,
    count(*) over later = 0 as is_current,
    _correlation_id
from everything
window
    later as (
        partition by account_number
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['account_number'],
        full_refresh=false,
        pre_hook="{{ lock_batch('loyalty_accounts') }}",
        post_hook="{{ close_batch('loyalty_accounts', ref('stg_customer_retention__loyalty_accounts'), ref('rejected_loyalty_accounts')) }}",
    )
}}

-- One row per account_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/loyalty_accounts.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_loyalty_accounts') }}
-- depends_on: {{ ref('loyalty_accounts_versions') }}
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by account_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__loyalty_accounts') }}
    where _errors = '{}' and {{ in_open_batch('loyalty_accounts') }}
),

known as (
    select distinct on (account_number)
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
        _deleted
    from {{ this }}
    where (account_number) in (
        select accepted.account_number
        from accepted
    )
    order by account_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.account_number = known.account_number
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['account_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('subscriber_account') }}",
        post_hook="{{ close_batch('subscriber_account', ref('stg_marketplace__subscriber_account'), ref('rejected_subscriber_account')) }}",
    )
}}

-- One row per account_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/subscriber_account.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_subscriber_account') }}
-- depends_on: {{ ref('subscriber_account_versions') }}
with accepted as (
    select
        tenant_id,
        account_id,
        customer_identifier,
        company_name,
        country_code,
        contact_email,
        registered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by account_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__subscriber_account') }}
    where _errors = '{}' and {{ in_open_batch('subscriber_account') }}
),

known as (
    select distinct on (account_id)
        tenant_id,
        account_id,
        customer_identifier,
        company_name,
        country_code,
        contact_email,
        registered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (account_id) in (
        select accepted.account_id
        from accepted
    )
    order by account_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.account_id = known.account_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    account_id,
    customer_identifier,
    company_name,
    country_code,
    contact_email,
    registered_at,
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

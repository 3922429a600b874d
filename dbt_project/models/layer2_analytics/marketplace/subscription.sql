{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('subscription') }}",
        post_hook="{{ close_batch('subscription', ref('stg_marketplace__subscription'), ref('rejected_subscription')) }}",
    )
}}

-- One row per id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/subscription.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_subscription') }}
-- depends_on: {{ ref('subscription_versions') }}
with accepted as (
    select
        id,
        tenant_id,
        product_id,
        subscriber_account_id,
        agreement_id,
        status,
        start_date,
        end_date,
        monthly_value_usd,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__subscription') }}
    where _errors = '{}' and {{ in_open_batch('subscription') }}
),

known as (
    select distinct on (id)
        id,
        tenant_id,
        product_id,
        subscriber_account_id,
        agreement_id,
        status,
        start_date,
        end_date,
        monthly_value_usd,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (id) in (
        select accepted.id
        from accepted
    )
    order by id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.id = known.id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    id,
    tenant_id,
    product_id,
    subscriber_account_id,
    agreement_id,
    status,
    start_date,
    end_date,
    monthly_value_usd,
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

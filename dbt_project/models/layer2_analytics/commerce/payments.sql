{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['payment_id', 'paid_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('payments') }}",
        post_hook="{{ close_batch('payments', ref('stg_commerce__payments'), ref('rejected_payments')) }}",
    )
}}

-- One row per payment_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/payments.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_payments') }}
with accepted as (
    select
        payment_id,
        order_id,
        method,
        status,
        amount,
        currency,
        provider_fee,
        card_last4,
        decline_reason,
        paid_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by payment_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__payments') }}
    where _errors = '{}' and {{ in_open_batch('payments') }}
),

known as (
    select distinct on (payment_id)
        payment_id,
        order_id,
        method,
        status,
        amount,
        currency,
        provider_fee,
        card_last4,
        decline_reason,
        paid_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            payment_id,
            order_id,
            method,
            status,
            amount,
            currency,
            provider_fee,
            card_last4,
            decline_reason,
            paid_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (payment_id) in (
            select accepted.payment_id
            from accepted
        )
        union all
        select
            payment_id,
            order_id,
            method,
            status,
            amount,
            currency,
            provider_fee,
            card_last4,
            decline_reason,
            paid_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('payments') }} as cold
        where (payment_id) in (
            select accepted.payment_id
            from accepted
        )
    ) as standing
    order by payment_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.payment_id = known.payment_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.payment_id,
        earlier.order_id,
        earlier.method,
        earlier.status,
        earlier.amount,
        earlier.currency,
        earlier.provider_fee,
        earlier.card_last4,
        earlier.decline_reason,
        earlier.paid_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.payment_id = earlier.payment_id
    where earlier.paid_at <> newest.paid_at and not earlier._deleted
)

select
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    card_last4,
    decline_reason,
    paid_at,
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
union all
select
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    card_last4,
    decline_reason,
    paid_at,
    updated_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

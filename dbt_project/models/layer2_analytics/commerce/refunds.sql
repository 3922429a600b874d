{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['refund_id', 'refunded_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('refunds') }}",
        post_hook="{{ close_batch('refunds', ref('stg_commerce__refunds'), ref('rejected_refunds')) }}",
    )
}}

-- One row per refund_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/refunds.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_refunds') }}
with accepted as (
    select
        refund_id,
        payment_id,
        return_id,
        amount,
        currency,
        status,
        refunded_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by refund_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__refunds') }}
    where _errors = '{}' and {{ in_open_batch('refunds') }}
),

known as (
    select distinct on (refund_id)
        refund_id,
        payment_id,
        return_id,
        amount,
        currency,
        status,
        refunded_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            refund_id,
            payment_id,
            return_id,
            amount,
            currency,
            status,
            refunded_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (refund_id) in (
            select accepted.refund_id
            from accepted
        )
        union all
        select
            refund_id,
            payment_id,
            return_id,
            amount,
            currency,
            status,
            refunded_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('refunds') }} as cold
        where (refund_id) in (
            select accepted.refund_id
            from accepted
        )
    ) as standing
    order by refund_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.refund_id = known.refund_id
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
        earlier.refund_id,
        earlier.payment_id,
        earlier.return_id,
        earlier.amount,
        earlier.currency,
        earlier.status,
        earlier.refunded_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.refund_id = earlier.refund_id
    where earlier.refunded_at <> newest.refunded_at and not earlier._deleted
)

select
    refund_id,
    payment_id,
    return_id,
    amount,
    currency,
    status,
    refunded_at,
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
    refund_id,
    payment_id,
    return_id,
    amount,
    currency,
    status,
    refunded_at,
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

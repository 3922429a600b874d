{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['return_id', 'requested_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('order_returns') }}",
        post_hook="{{ close_batch('order_returns', ref('stg_commerce__order_returns'), ref('rejected_order_returns')) }}",
    )
}}

-- One row per return_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/commerce/order_returns.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_order_returns') }}
with accepted as (
    select
        return_id,
        order_id,
        sku,
        reason,
        decision,
        decided_in_minutes,
        requested_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by return_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_commerce__order_returns') }}
    where _errors = '{}' and {{ in_open_batch('order_returns') }}
),

known as (
    select distinct on (return_id)
        return_id,
        order_id,
        sku,
        reason,
        decision,
        decided_in_minutes,
        requested_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            return_id,
            order_id,
            sku,
            reason,
            decision,
            decided_in_minutes,
            requested_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (return_id) in (
            select accepted.return_id
            from accepted
        )
        union all
        select
            return_id,
            order_id,
            sku,
            reason,
            decision,
            decided_in_minutes,
            requested_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('order_returns') }} as cold
        where (return_id) in (
            select accepted.return_id
            from accepted
        )
    ) as standing
    order by return_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.return_id = known.return_id
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
        earlier.return_id,
        earlier.order_id,
        earlier.sku,
        earlier.reason,
        earlier.decision,
        earlier.decided_in_minutes,
        earlier.requested_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.return_id = earlier.return_id
    where earlier.requested_at <> newest.requested_at and not earlier._deleted
)

select
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
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
    return_id,
    order_id,
    sku,
    reason,
    decision,
    decided_in_minutes,
    requested_at,
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

{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['offer_id', 'offered_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('retention_offers') }}",
        post_hook="{{ close_batch('retention_offers', ref('stg_customer_retention__retention_offers'), ref('rejected_retention_offers')) }}",
    )
}}

-- One row per offer_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_retention_offers') }}
with accepted as (
    select
        offer_id,
        customer_id,
        promotion_code,
        channel,
        response,
        is_control,
        came_back_at,
        offered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by offer_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__retention_offers') }}
    where _errors = '{}' and {{ in_open_batch('retention_offers') }}
),

known as (
    select distinct on (offer_id)
        offer_id,
        customer_id,
        promotion_code,
        channel,
        response,
        is_control,
        came_back_at,
        offered_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            offer_id,
            customer_id,
            promotion_code,
            channel,
            response,
            is_control,
            came_back_at,
            offered_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (offer_id) in (
            select accepted.offer_id
            from accepted
        )
        union all
        select
            offer_id,
            customer_id,
            promotion_code,
            channel,
            response,
            is_control,
            came_back_at,
            offered_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('retention_offers') }} as cold
        where (offer_id) in (
            select accepted.offer_id
            from accepted
        )
    ) as standing
    order by offer_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.offer_id = known.offer_id
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
        earlier.offer_id,
        earlier.customer_id,
        earlier.promotion_code,
        earlier.channel,
        earlier.response,
        earlier.is_control,
        earlier.came_back_at,
        earlier.offered_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.offer_id = earlier.offer_id
    where earlier.offered_at <> newest.offered_at and not earlier._deleted
)

select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
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
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
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

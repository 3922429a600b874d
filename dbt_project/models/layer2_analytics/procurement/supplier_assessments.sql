{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['supplier_id', 'quarter', 'assessed_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('supplier_assessments') }}",
        post_hook="{{ close_batch('supplier_assessments', ref('stg_procurement__supplier_assessments'), ref('rejected_supplier_assessments')) }}",
    )
}}

-- One row per supplier_id and quarter: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_supplier_assessments') }}
with accepted as (
    select
        supplier_id,
        quarter,
        delivery_points,
        quality_points,
        price_points,
        sustainability_points,
        overall_points,
        assessed_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by supplier_id, quarter
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__supplier_assessments') }}
    where _errors = '{}' and {{ in_open_batch('supplier_assessments') }}
),

known as (
    select distinct on (supplier_id, quarter)
        supplier_id,
        quarter,
        delivery_points,
        quality_points,
        price_points,
        sustainability_points,
        overall_points,
        assessed_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            supplier_id,
            quarter,
            delivery_points,
            quality_points,
            price_points,
            sustainability_points,
            overall_points,
            assessed_on,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (supplier_id, quarter) in (
            select
                accepted.supplier_id,
                accepted.quarter
            from accepted
        )
        union all
        select
            supplier_id,
            quarter,
            delivery_points,
            quality_points,
            price_points,
            sustainability_points,
            overall_points,
            assessed_on,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('supplier_assessments') }} as cold
        where (supplier_id, quarter) in (
            select
                accepted.supplier_id,
                accepted.quarter
            from accepted
        )
    ) as standing
    order by supplier_id, quarter, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.supplier_id = known.supplier_id
            and accepted.quarter = known.quarter
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
        earlier.supplier_id,
        earlier.quarter,
        earlier.delivery_points,
        earlier.quality_points,
        earlier.price_points,
        earlier.sustainability_points,
        earlier.overall_points,
        earlier.assessed_on,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.supplier_id = earlier.supplier_id
            and newest.quarter = earlier.quarter
    where earlier.assessed_on <> newest.assessed_on and not earlier._deleted
)

select
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points,
    assessed_on,
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
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points,
    assessed_on,
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

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['dimension_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_dimension') }}",
        post_hook="{{ close_batch('marketplace_dimension', ref('stg_marketplace__marketplace_dimension'), ref('rejected_marketplace_dimension')) }}",
    )
}}

-- One row per dimension_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/marketplace_dimension.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_dimension') }}
-- depends_on: {{ ref('marketplace_dimension_versions') }}
with accepted as (
    select
        tenant_id,
        dimension_id,
        product_id,
        dimension_key,
        display_name,
        unit,
        is_metered,
        dimension_type,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by dimension_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__marketplace_dimension') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_dimension') }}
),

known as (
    select distinct on (dimension_id)
        tenant_id,
        dimension_id,
        product_id,
        dimension_key,
        display_name,
        unit,
        is_metered,
        dimension_type,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (dimension_id) in (
        select accepted.dimension_id
        from accepted
    )
    order by dimension_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.dimension_id = known.dimension_id
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
    dimension_id,
    product_id,
    dimension_key,
    display_name,
    unit,
    is_metered,
    dimension_type,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

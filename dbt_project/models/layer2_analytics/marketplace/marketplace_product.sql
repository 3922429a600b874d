{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['entity_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_product') }}",
        post_hook="{{ close_batch('marketplace_product', ref('stg_marketplace__marketplace_product'), ref('rejected_marketplace_product')) }}",
    )
}}

-- One row per entity_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/marketplace_product.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_product') }}
-- depends_on: {{ ref('marketplace_product_versions') }}
with accepted as (
    select
        id,
        tenant_id,
        entity_id,
        product_code,
        title,
        entity_type,
        state,
        pricing_model,
        categories,
        last_modified_at,
        payload_json,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by entity_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__marketplace_product') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_product') }}
),

known as (
    select distinct on (entity_id)
        id,
        tenant_id,
        entity_id,
        product_code,
        title,
        entity_type,
        state,
        pricing_model,
        categories,
        last_modified_at,
        payload_json,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (entity_id) in (
        select accepted.entity_id
        from accepted
    )
    order by entity_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.entity_id = known.entity_id
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
    entity_id,
    product_code,
    title,
    entity_type,
    state,
    pricing_model,
    categories,
    last_modified_at,
    payload_json,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

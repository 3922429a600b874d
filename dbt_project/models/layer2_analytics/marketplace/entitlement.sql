{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['product_code', 'customer_identifier', 'dimension'],
        full_refresh=false,
        pre_hook="{{ lock_batch('entitlement') }}",
        post_hook="{{ close_batch('entitlement', ref('stg_marketplace__entitlement'), ref('rejected_entitlement')) }}",
    )
}}

-- One row per product_code and customer_identifier and dimension: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/entitlement.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_entitlement') }}
-- depends_on: {{ ref('entitlement_versions') }}
with accepted as (
    select
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        granted_quantity,
        expires_at,
        as_of,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by product_code, customer_identifier, dimension
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__entitlement') }}
    where _errors = '{}' and {{ in_open_batch('entitlement') }}
),

known as (
    select distinct on (product_code, customer_identifier, dimension)
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        granted_quantity,
        expires_at,
        as_of,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (product_code, customer_identifier, dimension) in (
        select
            accepted.product_code,
            accepted.customer_identifier,
            accepted.dimension
        from accepted
    )
    order by product_code, customer_identifier, dimension, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.product_code = known.product_code
            and accepted.customer_identifier = known.customer_identifier
            and accepted.dimension = known.dimension
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
    product_code,
    customer_identifier,
    dimension,
    granted_quantity,
    expires_at,
    as_of,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

{{ config(materialized='table') }}

-- One row per version of an article on the menu that ever held.
with versions as (
    select
        _raw_seq,
        sku,
        product_name,
        product_type,
        price,
        valid_from,
        valid_to,
        is_current,
        _deleted
    from {{ ref('products_versions') }}
    -- A version that was replaced from its first moment on never held.
    where valid_to is null or valid_to > valid_from
)

select
    _raw_seq as product_version_id,
    sku,
    row_number() over (partition by sku order by valid_from) as version_number,
    product_name,
    product_type,
    price as list_price_cents,
    valid_from,
    valid_to,
    is_current,
    _deleted as is_deleted
from versions

{{ config(materialized='table') }}

-- One row per version of a customer that ever held.
with versions as (
    select
        _raw_seq,
        customer_id,
        customer_name,
        valid_from,
        valid_to,
        is_current,
        _deleted
    from {{ ref('customers_versions') }}
    -- A version that was replaced from its first moment on never held.
    where valid_to is null or valid_to > valid_from
)

select
    _raw_seq as customer_version_id,
    customer_id,
    row_number() over (partition by customer_id order by valid_from) as version_number,
    customer_name,
    valid_from,
    valid_to,
    is_current,
    _deleted as is_deleted
from versions

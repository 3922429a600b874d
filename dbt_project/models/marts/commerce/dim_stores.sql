{{ config(materialized='table') }}

-- One row per store, as it is known today.
select
    store_id,
    store_name,
    tax_rate,
    cast(opened_at at time zone 'UTC' as date) as opened_on
from {{ ref('stores_read') }}

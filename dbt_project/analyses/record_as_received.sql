-- One row per record received of one order, byte for byte as it came, whether it was loaded or not.
-- --vars '{order_id: …}' names the order; without it, the one of which most was received.
{% set order_id = var('order_id', '') %}
with records as (
    select
        raw_seq,
        ingested_at,
        source_system,
        source_file,
        raw_data,
        raw_sha256,
        raw_data ->> '$.id' as order_id
    from {{ raw_records(source('commerce', 'source_orders')) }} as records
    where json_valid(raw_data)
),

chosen as (
    select order_id
    from records
    where order_id {{ "= '" ~ order_id | replace("'", "''") ~ "'" if order_id else 'is not null' }}
    group by order_id
    order by count(*) desc, order_id
    limit 1
)

select
    records.raw_seq,
    records.ingested_at,
    records.source_system,
    records.source_file,
    records.raw_data,
    records.raw_sha256
from records
inner join chosen on records.order_id = chosen.order_id
order by records.raw_seq

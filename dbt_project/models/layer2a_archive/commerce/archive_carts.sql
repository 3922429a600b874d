{{ config(materialized='view') }}

-- One row per row of carts that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/carts.json: edit that file, not this one.
-- depends_on: {{ ref('carts') }}
{% if target.type == 'spark' %}
select
    cart_id,
    customer_id,
    status,
    order_id,
    promotion_code,
    discount_amount,
    total_amount,
    currency,
    items,
    opened_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('carts', 'cold') }} as files
where {{ handover_is_current('carts') }}
{% else %}
{% set archived = archived_files('carts') %}
{% if archived.paths %}
select
    cast(cart_id as uuid) as cart_id,
    cast(customer_id as uuid) as customer_id,
    cast(status as varchar) as status,
    cast(order_id as uuid) as order_id,
    cast(promotion_code as varchar) as promotion_code,
    cast(discount_amount as decimal(10, 2)) as discount_amount,
    cast(total_amount as decimal(10, 2)) as total_amount,
    cast(currency as varchar) as currency,
    cast(items as varchar) as items,
    cast(opened_at as timestamptz) as opened_at,
    cast(updated_at as timestamptz) as updated_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::uuid as cart_id,
        null::uuid as customer_id,
        null::varchar as status,
        null::uuid as order_id,
        null::varchar as promotion_code,
        null::decimal(10, 2) as discount_amount,
        null::decimal(10, 2) as total_amount,
        null::varchar as currency,
        null::varchar as items,
        null::timestamptz as opened_at,
        null::timestamptz as updated_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('carts', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as cart_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as varchar) as promotion_code,
    cast(case when guard.is_current then null end as decimal(10, 2)) as discount_amount,
    cast(case when guard.is_current then null end as decimal(10, 2)) as total_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as varchar) as items,
    cast(case when guard.is_current then null end as timestamptz) as opened_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('carts', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

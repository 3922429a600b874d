{{ config(materialized='view') }}

-- One row per row of orders that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/orders.json: edit that file, not this one.
-- depends_on: {{ ref('orders') }}
{% if target.type == 'spark' %}
select
    order_id,
    customer_id,
    store_id,
    ordered_at,
    status,
    fulfilled_at,
    subtotal,
    tax_paid,
    order_total,
    updated_at,
    total_amount,
    currency,
    created_at,
    created_by,
    updated_by,
    version,
    deleted_at,
    deleted_by,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('orders', 'cold') }} as files
where {{ handover_is_current('orders') }}
{% else %}
{% set archived = archived_files('orders') %}
{% if archived.paths %}
select
    cast(order_id as uuid) as order_id,
    cast(customer_id as uuid) as customer_id,
    cast(store_id as uuid) as store_id,
    cast(ordered_at as timestamptz) as ordered_at,
    cast(status as varchar) as status,
    cast(fulfilled_at as timestamptz) as fulfilled_at,
    cast(subtotal as integer) as subtotal,
    cast(tax_paid as integer) as tax_paid,
    cast(order_total as integer) as order_total,
    cast(updated_at as timestamptz) as updated_at,
    cast(total_amount as decimal(10, 2)) as total_amount,
    cast(currency as varchar) as currency,
    cast(created_at as timestamptz) as created_at,
    cast(created_by as varchar) as created_by,
    cast(updated_by as varchar) as updated_by,
    cast(version as integer) as version,
    cast(deleted_at as timestamptz) as deleted_at,
    cast(deleted_by as varchar) as deleted_by,
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
        null::uuid as order_id,
        null::uuid as customer_id,
        null::uuid as store_id,
        null::timestamptz as ordered_at,
        null::varchar as status,
        null::timestamptz as fulfilled_at,
        null::integer as subtotal,
        null::integer as tax_paid,
        null::integer as order_total,
        null::timestamptz as updated_at,
        null::decimal(10, 2) as total_amount,
        null::varchar as currency,
        null::timestamptz as created_at,
        null::varchar as created_by,
        null::varchar as updated_by,
        null::integer as version,
        null::timestamptz as deleted_at,
        null::varchar as deleted_by,
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
where {{ is_current('orders', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as uuid) as store_id,
    cast(case when guard.is_current then null end as timestamptz) as ordered_at,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as timestamptz) as fulfilled_at,
    cast(case when guard.is_current then null end as integer) as subtotal,
    cast(case when guard.is_current then null end as integer) as tax_paid,
    cast(case when guard.is_current then null end as integer) as order_total,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as decimal(10, 2)) as total_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as created_at,
    cast(case when guard.is_current then null end as varchar) as created_by,
    cast(case when guard.is_current then null end as varchar) as updated_by,
    cast(case when guard.is_current then null end as integer) as version,
    cast(case when guard.is_current then null end as timestamptz) as deleted_at,
    cast(case when guard.is_current then null end as varchar) as deleted_by,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('orders', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

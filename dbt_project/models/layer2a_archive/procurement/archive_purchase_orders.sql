{{ config(materialized='view') }}

-- One row per row of purchase_orders that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/purchase_orders.json: edit that file, not this one.
-- depends_on: {{ ref('purchase_orders') }}
{% if target.type == 'spark' %}
select
    purchase_order_id,
    supplier_id,
    contract_id,
    site_code,
    cost_center_code,
    status,
    total_amount,
    currency,
    ordered_at,
    promised_on,
    received_on,
    lead_days,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('purchase_orders', 'cold') }} as files
where {{ handover_is_current('purchase_orders') }}
{% else %}
{% set archived = archived_files('purchase_orders') %}
{% if archived.paths %}
select
    cast(purchase_order_id as varchar) as purchase_order_id,
    cast(supplier_id as varchar) as supplier_id,
    cast(contract_id as varchar) as contract_id,
    cast(site_code as varchar) as site_code,
    cast(cost_center_code as varchar) as cost_center_code,
    cast(status as varchar) as status,
    cast(total_amount as decimal(16, 2)) as total_amount,
    cast(currency as varchar) as currency,
    cast(ordered_at as timestamptz) as ordered_at,
    cast(promised_on as date) as promised_on,
    cast(received_on as date) as received_on,
    cast(lead_days as integer) as lead_days,
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
        null::varchar as purchase_order_id,
        null::varchar as supplier_id,
        null::varchar as contract_id,
        null::varchar as site_code,
        null::varchar as cost_center_code,
        null::varchar as status,
        null::decimal(16, 2) as total_amount,
        null::varchar as currency,
        null::timestamptz as ordered_at,
        null::date as promised_on,
        null::date as received_on,
        null::integer as lead_days,
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
where {{ is_current('purchase_orders', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as purchase_order_id,
    cast(case when guard.is_current then null end as varchar) as supplier_id,
    cast(case when guard.is_current then null end as varchar) as contract_id,
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as varchar) as cost_center_code,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as decimal(16, 2)) as total_amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as ordered_at,
    cast(case when guard.is_current then null end as date) as promised_on,
    cast(case when guard.is_current then null end as date) as received_on,
    cast(case when guard.is_current then null end as integer) as lead_days,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('purchase_orders', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

{{ config(materialized='view') }}

-- One row per row of goods_receipts that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
-- depends_on: {{ ref('goods_receipts') }}
{% if target.type == 'spark' %}
select
    receipt_id,
    purchase_order_id,
    line_number,
    supplier_id,
    site_code,
    received_quantity,
    rejected_quantity,
    reject_reason,
    is_by_promise,
    received_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('goods_receipts', 'cold') }} as files
where {{ handover_is_current('goods_receipts') }}
{% else %}
{% set archived = archived_files('goods_receipts') %}
{% if archived.paths %}
select
    cast(receipt_id as varchar) as receipt_id,
    cast(purchase_order_id as varchar) as purchase_order_id,
    cast(line_number as smallint) as line_number,
    cast(supplier_id as varchar) as supplier_id,
    cast(site_code as varchar) as site_code,
    cast(received_quantity as decimal(14, 3)) as received_quantity,
    cast(rejected_quantity as decimal(14, 3)) as rejected_quantity,
    cast(reject_reason as varchar) as reject_reason,
    cast(is_by_promise as boolean) as is_by_promise,
    cast(received_at as timestamptz) as received_at,
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
        null::varchar as receipt_id,
        null::varchar as purchase_order_id,
        null::smallint as line_number,
        null::varchar as supplier_id,
        null::varchar as site_code,
        null::decimal(14, 3) as received_quantity,
        null::decimal(14, 3) as rejected_quantity,
        null::varchar as reject_reason,
        null::boolean as is_by_promise,
        null::timestamptz as received_at,
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
where {{ is_current('goods_receipts', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as receipt_id,
    cast(case when guard.is_current then null end as varchar) as purchase_order_id,
    cast(case when guard.is_current then null end as smallint) as line_number,
    cast(case when guard.is_current then null end as varchar) as supplier_id,
    cast(case when guard.is_current then null end as varchar) as site_code,
    cast(case when guard.is_current then null end as decimal(14, 3)) as received_quantity,
    cast(case when guard.is_current then null end as decimal(14, 3)) as rejected_quantity,
    cast(case when guard.is_current then null end as varchar) as reject_reason,
    cast(case when guard.is_current then null end as boolean) as is_by_promise,
    cast(case when guard.is_current then null end as timestamptz) as received_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('goods_receipts', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

{{ config(materialized='view') }}

-- One row per receipt_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/procurement/goods_receipts.json: edit that file, not this one.
-- depends_on: {{ ref('goods_receipts') }}
with everything as (
    select
        coalesce(
            receipt_id,
            {{ sql_error('archived rows of goods_receipts have no receipt_id; if it was renamed, state renamed_from in the definition') }}
        ) as receipt_id,
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
    from {{ ref('archive_goods_receipts') }}
    union all
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
    from {{ handed_over('goods_receipts', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('goods_receipts') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by receipt_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('goods_receipts') }}

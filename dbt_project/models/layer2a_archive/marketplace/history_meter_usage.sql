{{ config(materialized='view') }}

-- One row per correlation_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one.
-- depends_on: {{ ref('meter_usage') }}
with everything as (
    select
        id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        quantity,
        usage_time,
        coalesce(
            correlation_id,
            {{ sql_error('archived rows of meter_usage have no correlation_id; if it was renamed, state renamed_from in the definition') }}
        ) as correlation_id,
        status,
        metering_record_id,
        sent_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_meter_usage') }}
    union all
    {% if target.type == 'spark' %}
    select
        id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        quantity,
        usage_time,
        correlation_id,
        status,
        metering_record_id,
        sent_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('meter_usage', 'hot') }} as hot
    {% else %}
    select
        cast(id as varchar) as id,
        cast(tenant_id as uuid) as tenant_id,
        cast(product_code as varchar) as product_code,
        cast(customer_identifier as varchar) as customer_identifier,
        cast(dimension as varchar) as dimension,
        cast(quantity as bigint) as quantity,
        cast(usage_time as timestamptz) as usage_time,
        cast(correlation_id as varchar) as correlation_id,
        cast(status as varchar) as status,
        cast(metering_record_id as varchar) as metering_record_id,
        cast(sent_at as timestamptz) as sent_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('meter_usage') }}
    {% endif %}
),

ranked as (
    select
        id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        quantity,
        usage_time,
        correlation_id,
        status,
        metering_record_id,
        sent_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by correlation_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
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
    and {{ archive_is_current('meter_usage') }}

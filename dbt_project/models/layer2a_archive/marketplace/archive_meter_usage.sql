{{ config(materialized='view') }}

-- One row per row of meter_usage that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one.
-- depends_on: {{ ref('meter_usage') }}
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
from {{ handed_over('meter_usage', 'cold') }} as files
where {{ handover_is_current('meter_usage') }}
{% else %}
{% set archived = archived_files('meter_usage') %}
{% if archived.paths %}
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
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as id,
        null::uuid as tenant_id,
        null::varchar as product_code,
        null::varchar as customer_identifier,
        null::varchar as dimension,
        null::bigint as quantity,
        null::timestamptz as usage_time,
        null::varchar as correlation_id,
        null::varchar as status,
        null::varchar as metering_record_id,
        null::timestamptz as sent_at,
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
where {{ is_current('meter_usage', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as id,
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as product_code,
    cast(case when guard.is_current then null end as varchar) as customer_identifier,
    cast(case when guard.is_current then null end as varchar) as dimension,
    cast(case when guard.is_current then null end as bigint) as quantity,
    cast(case when guard.is_current then null end as timestamptz) as usage_time,
    cast(case when guard.is_current then null end as varchar) as correlation_id,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as varchar) as metering_record_id,
    cast(case when guard.is_current then null end as timestamptz) as sent_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('meter_usage', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

{{ config(materialized='view') }}

-- One row per row of ace_result that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one.
-- depends_on: {{ ref('ace_result') }}
{% if target.type == 'spark' %}
select
    tenant_id,
    file_name,
    record_number,
    processed_at,
    record_kind,
    partner_crm_id,
    apn_crm_id,
    pc_opportunity_id,
    pc_lead_id,
    is_success,
    errors,
    warnings,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('ace_result', 'cold') }} as files
where {{ handover_is_current('ace_result') }}
{% else %}
{% set archived = archived_files('ace_result') %}
{% if archived.paths %}
select
    cast(tenant_id as uuid) as tenant_id,
    cast(file_name as varchar) as file_name,
    cast(record_number as integer) as record_number,
    cast(processed_at as timestamptz) as processed_at,
    cast(record_kind as varchar) as record_kind,
    cast(partner_crm_id as varchar) as partner_crm_id,
    cast(apn_crm_id as varchar) as apn_crm_id,
    cast(pc_opportunity_id as varchar) as pc_opportunity_id,
    cast(pc_lead_id as varchar) as pc_lead_id,
    cast(is_success as boolean) as is_success,
    cast(errors as varchar) as errors,
    cast(warnings as varchar) as warnings,
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
        null::uuid as tenant_id,
        null::varchar as file_name,
        null::integer as record_number,
        null::timestamptz as processed_at,
        null::varchar as record_kind,
        null::varchar as partner_crm_id,
        null::varchar as apn_crm_id,
        null::varchar as pc_opportunity_id,
        null::varchar as pc_lead_id,
        null::boolean as is_success,
        null::varchar as errors,
        null::varchar as warnings,
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
where {{ is_current('ace_result', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as file_name,
    cast(case when guard.is_current then null end as integer) as record_number,
    cast(case when guard.is_current then null end as timestamptz) as processed_at,
    cast(case when guard.is_current then null end as varchar) as record_kind,
    cast(case when guard.is_current then null end as varchar) as partner_crm_id,
    cast(case when guard.is_current then null end as varchar) as apn_crm_id,
    cast(case when guard.is_current then null end as varchar) as pc_opportunity_id,
    cast(case when guard.is_current then null end as varchar) as pc_lead_id,
    cast(case when guard.is_current then null end as boolean) as is_success,
    cast(case when guard.is_current then null end as varchar) as errors,
    cast(case when guard.is_current then null end as varchar) as warnings,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('ace_result', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

{{ config(materialized='view') }}

-- One row per file_name and record_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one.
-- depends_on: {{ ref('ace_result') }}
with everything as (
    select
        tenant_id,
        coalesce(
            file_name,
            {{ sql_error('archived rows of ace_result have no file_name; if it was renamed, state renamed_from in the definition') }}
        ) as file_name,
        coalesce(
            record_number,
            {{ sql_error('archived rows of ace_result have no record_number; if it was renamed, state renamed_from in the definition') }}
        ) as record_number,
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
    from {{ ref('archive_ace_result') }}
    union all
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
    from {{ handed_over('ace_result', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('ace_result') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by file_name, record_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('ace_result') }}

-- One row per claimed raw record of ace_result, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('partner_central', 'source_ace_result') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'fileName' as file_name,
        nullif(_payload ->> 'recordNumber', '') as record_number,
        nullif(_payload ->> 'fileApnProcessedDT', '') as processed_at,
        _payload #>> '{result, partnerCrmUniqueIdentifier}' as partner_crm_id,
        _payload #>> '{result, apnCrmUniqueIdentifier}' as apn_crm_id,
        nullif(_payload #>> '{result, isSuccess}', '') as is_success,
        nullif(nullif(_payload #> '{result, errors}', 'null'), '""') as errors,
        nullif(nullif(_payload #> '{result, warnings}', 'null'), '""') as warnings
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.tenant_id,
        typed.file_name,
        typed.record_number,
        typed.processed_at,
        typed.partner_crm_id,
        typed.apn_crm_id,
        typed.is_success,
        typed.errors,
        typed.warnings,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('file_name', 'varchar(255)', required=true) }},
                {{ cast_fault('record_number', 'integer', required=true) }},
                {{ cast_fault('processed_at', 'timestamptz', required=true) }},
                {{ cast_fault('partner_crm_id', 'varchar(64)') }},
                {{ cast_fault('apn_crm_id', 'varchar(40)') }},
                {{ cast_fault('is_success', 'boolean', required=true) }},
                {{ cast_fault('errors', 'text[]') }},
                {{ cast_fault('warnings', 'text[]') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.file_name', 'varchar(255)') }} as file_name,
            {{ cast_or_null('sent.record_number', 'integer') }} as record_number,
            {{ cast_or_null('sent.processed_at', 'timestamptz') }} as processed_at,
            {{ cast_or_null('sent.partner_crm_id', 'varchar(64)') }} as partner_crm_id,
            {{ cast_or_null('sent.apn_crm_id', 'varchar(40)') }} as apn_crm_id,
            {{ cast_or_null('sent.is_success', 'boolean') }} as is_success,
            {{ cast_or_null('sent.errors', 'text[]') }} as errors,
            {{ cast_or_null('sent.warnings', 'text[]') }} as warnings
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed.tenant_id,
        typed.file_name,
        typed.record_number,
        typed.processed_at,
        typed.partner_crm_id,
        typed.apn_crm_id,
        typed.is_success,
        typed.errors,
        typed.warnings,
        computed.record_kind,
        computed.pc_opportunity_id,
        computed.pc_lead_id,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('record_kind', 'varchar(16)', required=true, sent='reckoned', typed='computed') }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)', sent='reckoned', typed='computed') }},
                {{ cast_fault('pc_lead_id', 'varchar(40)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select
            (case when file_name like 'lead-inbound/%' then 'lead' when file_name like 'opportunity-inbound/%' then 'opportunity' else 'other' end)::text as record_kind,
            (case when file_name like 'opportunity-inbound/%' then apn_crm_id end)::text as pc_opportunity_id,
            (case when file_name like 'lead-inbound/%' then apn_crm_id end)::text as pc_lead_id
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.record_kind', 'varchar(16)') }} as record_kind,
            {{ cast_or_null('reckoned.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('reckoned.pc_lead_id', 'varchar(40)') }} as pc_lead_id
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
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
        _cast_faults || array_remove(array[
            case
                when not (char_length(file_name) between 1 and 255)
                    then 'file_name: expected 1 to 255 characters'
            end,
            case
                when not (record_number >= 1)
                    then 'record_number: expected at least 1'
            end,
            case
                when not (record_kind in ('lead', 'opportunity'))
                    then 'record_kind: expected one of lead, opportunity'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
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
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('ace_result') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged

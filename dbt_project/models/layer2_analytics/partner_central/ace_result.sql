{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['file_name', 'record_number', 'processed_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('ace_result') }}",
        post_hook="{{ close_batch('ace_result', ref('stg_partner_central__ace_result'), ref('rejected_ace_result')) }}",
    )
}}

-- One row per file_name and record_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_ace_result') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by file_name, record_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__ace_result') }}
    where _errors = '{}' and {{ in_open_batch('ace_result') }}
),

known as (
    select distinct on (file_name, record_number)
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
        _deleted
    from (
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
            _loaded_at
        from {{ this }}
        where (file_name, record_number) in (
            select
                accepted.file_name,
                accepted.record_number
            from accepted
        )
        union all
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
            _loaded_at
        from {{ cold_rows('ace_result') }} as cold
        where (file_name, record_number) in (
            select
                accepted.file_name,
                accepted.record_number
            from accepted
        )
    ) as standing
    order by file_name, record_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.file_name = known.file_name
            and accepted.record_number = known.record_number
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.tenant_id,
        earlier.file_name,
        earlier.record_number,
        earlier.processed_at,
        earlier.record_kind,
        earlier.partner_crm_id,
        earlier.apn_crm_id,
        earlier.pc_opportunity_id,
        earlier.pc_lead_id,
        earlier.is_success,
        earlier.errors,
        earlier.warnings,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on
            newest.file_name = earlier.file_name
            and newest.record_number = earlier.record_number
    where earlier.processed_at <> newest.processed_at and not earlier._deleted
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
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
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

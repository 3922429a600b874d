{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['pc_lead_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('partner_central_lead') }}",
        post_hook="{{ close_batch('partner_central_lead', ref('stg_partner_central__partner_central_lead'), ref('rejected_partner_central_lead')) }}",
    )
}}

-- One row per pc_lead_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/partner_central_lead.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_partner_central_lead') }}
-- depends_on: {{ ref('partner_central_lead_versions') }}
with accepted as (
    select
        id,
        tenant_id,
        pc_lead_id,
        partner_crm_lead_id,
        source,
        status,
        lead_stage,
        campaign_name,
        industry,
        company_name,
        contact_name,
        email,
        country,
        lead_age_days,
        created_at,
        last_modified_at,
        payload_json,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_lead_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__partner_central_lead') }}
    where _errors = '{}' and {{ in_open_batch('partner_central_lead') }}
),

known as (
    select distinct on (pc_lead_id)
        id,
        tenant_id,
        pc_lead_id,
        partner_crm_lead_id,
        source,
        status,
        lead_stage,
        campaign_name,
        industry,
        company_name,
        contact_name,
        email,
        country,
        lead_age_days,
        created_at,
        last_modified_at,
        payload_json,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (pc_lead_id) in (
        select accepted.pc_lead_id
        from accepted
    )
    order by pc_lead_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.pc_lead_id = known.pc_lead_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    id,
    tenant_id,
    pc_lead_id,
    partner_crm_lead_id,
    source,
    status,
    lead_stage,
    campaign_name,
    industry,
    company_name,
    contact_name,
    email,
    country,
    lead_age_days,
    created_at,
    last_modified_at,
    payload_json,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

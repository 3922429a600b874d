{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['lead_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketing_lead') }}",
        post_hook="{{ close_batch('marketing_lead', ref('stg_marketing__marketing_lead'), ref('rejected_marketing_lead')) }}",
    )
}}

-- One row per lead_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/marketing_lead.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketing_lead') }}
-- depends_on: {{ ref('marketing_lead_versions') }}
with accepted as (
    select
        lead_id,
        tenant_id,
        contact_id,
        campaign_id,
        status,
        score,
        disqualified_reason,
        pc_lead_id,
        pc_opportunity_id,
        created_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by lead_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__marketing_lead') }}
    where _errors = '{}' and {{ in_open_batch('marketing_lead') }}
),

known as (
    select distinct on (lead_id)
        lead_id,
        tenant_id,
        contact_id,
        campaign_id,
        status,
        score,
        disqualified_reason,
        pc_lead_id,
        pc_opportunity_id,
        created_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (lead_id) in (
        select accepted.lead_id
        from accepted
    )
    order by lead_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.lead_id = known.lead_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    lead_id,
    tenant_id,
    contact_id,
    campaign_id,
    status,
    score,
    disqualified_reason,
    pc_lead_id,
    pc_opportunity_id,
    created_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

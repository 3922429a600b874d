{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['pc_opportunity_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('partner_central_opportunity') }}",
        post_hook="{{ close_batch('partner_central_opportunity', ref('stg_partner_central__partner_central_opportunity'), ref('rejected_partner_central_opportunity')) }}",
    )
}}

-- One row per pc_opportunity_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/partner_central_opportunity.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_partner_central_opportunity') }}
-- depends_on: {{ ref('partner_central_opportunity_versions') }}
with accepted as (
    select
        id,
        tenant_id,
        pc_opportunity_id,
        title,
        pc_stage,
        lifecycle_stage,
        outcome,
        closed_lost_reason,
        pc_review_status,
        engagement_status,
        opportunity_type,
        customer_company_name,
        customer_account_id,
        customer_industry,
        customer_country_code,
        expected_spend_amount,
        expected_spend_currency,
        expected_revenue_usd,
        software_revenue_amount,
        close_date,
        quarter,
        partner_solution_id,
        marketing_campaign,
        primary_needs,
        delivery_models,
        last_modified_at,
        payload_json,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_opportunity_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__partner_central_opportunity') }}
    where _errors = '{}' and {{ in_open_batch('partner_central_opportunity') }}
),

known as (
    select distinct on (pc_opportunity_id)
        id,
        tenant_id,
        pc_opportunity_id,
        title,
        pc_stage,
        lifecycle_stage,
        outcome,
        closed_lost_reason,
        pc_review_status,
        engagement_status,
        opportunity_type,
        customer_company_name,
        customer_account_id,
        customer_industry,
        customer_country_code,
        expected_spend_amount,
        expected_spend_currency,
        expected_revenue_usd,
        software_revenue_amount,
        close_date,
        quarter,
        partner_solution_id,
        marketing_campaign,
        primary_needs,
        delivery_models,
        last_modified_at,
        payload_json,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (pc_opportunity_id) in (
        select accepted.pc_opportunity_id
        from accepted
    )
    order by pc_opportunity_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.pc_opportunity_id = known.pc_opportunity_id
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
    pc_opportunity_id,
    title,
    pc_stage,
    lifecycle_stage,
    outcome,
    closed_lost_reason,
    pc_review_status,
    engagement_status,
    opportunity_type,
    customer_company_name,
    customer_account_id,
    customer_industry,
    customer_country_code,
    expected_spend_amount,
    expected_spend_currency,
    expected_revenue_usd,
    software_revenue_amount,
    close_date,
    quarter,
    partner_solution_id,
    marketing_campaign,
    primary_needs,
    delivery_models,
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

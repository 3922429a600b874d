{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['partner_crm_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('ace_opportunity') }}",
        post_hook="{{ close_batch('ace_opportunity', ref('stg_partner_central__ace_opportunity'), ref('rejected_ace_opportunity')) }}",
    )
}}

-- One row per partner_crm_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/ace_opportunity.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_ace_opportunity') }}
-- depends_on: {{ ref('ace_opportunity_versions') }}
with accepted as (
    select
        tenant_id,
        partner_crm_id,
        pc_opportunity_id,
        title,
        stage,
        review_status,
        company_name,
        customer_email,
        close_date,
        expected_monthly_revenue,
        customer_software_value,
        products,
        solutions,
        last_modified_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by partner_crm_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__ace_opportunity') }}
    where _errors = '{}' and {{ in_open_batch('ace_opportunity') }}
),

known as (
    select distinct on (partner_crm_id)
        tenant_id,
        partner_crm_id,
        pc_opportunity_id,
        title,
        stage,
        review_status,
        company_name,
        customer_email,
        close_date,
        expected_monthly_revenue,
        customer_software_value,
        products,
        solutions,
        last_modified_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (partner_crm_id) in (
        select accepted.partner_crm_id
        from accepted
    )
    order by partner_crm_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.partner_crm_id = known.partner_crm_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    partner_crm_id,
    pc_opportunity_id,
    title,
    stage,
    review_status,
    company_name,
    customer_email,
    close_date,
    expected_monthly_revenue,
    customer_software_value,
    products,
    solutions,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

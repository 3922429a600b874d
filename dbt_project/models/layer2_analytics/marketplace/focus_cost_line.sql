{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['line_id', 'charge_period_start'],
        full_refresh=false,
        pre_hook="{{ lock_batch('focus_cost_line') }}",
        post_hook="{{ close_batch('focus_cost_line', ref('stg_marketplace__focus_cost_line'), ref('rejected_focus_cost_line')) }}",
    )
}}

-- One row per line_id and charge_period_start: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/focus_cost_line.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_focus_cost_line') }}
with accepted as (
    select
        tenant_id,
        line_id,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        provider_name,
        publisher_name,
        billing_account_id,
        sub_account_id,
        service_category,
        service_name,
        region_id,
        availability_zone,
        resource_id,
        sku_id,
        charge_category,
        charge_frequency,
        charge_description,
        pricing_category,
        commitment_discount_status,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost,
        consumed_quantity,
        consumed_unit,
        tags_text,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by line_id, charge_period_start
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__focus_cost_line') }}
    where _errors = '{}' and {{ in_open_batch('focus_cost_line') }}
),

known as (
    select distinct on (line_id, charge_period_start)
        tenant_id,
        line_id,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        provider_name,
        publisher_name,
        billing_account_id,
        sub_account_id,
        service_category,
        service_name,
        region_id,
        availability_zone,
        resource_id,
        sku_id,
        charge_category,
        charge_frequency,
        charge_description,
        pricing_category,
        commitment_discount_status,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost,
        consumed_quantity,
        consumed_unit,
        tags_text,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            tenant_id,
            line_id,
            charge_period_start,
            charge_period_end,
            billing_period_start,
            provider_name,
            publisher_name,
            billing_account_id,
            sub_account_id,
            service_category,
            service_name,
            region_id,
            availability_zone,
            resource_id,
            sku_id,
            charge_category,
            charge_frequency,
            charge_description,
            pricing_category,
            commitment_discount_status,
            billing_currency,
            billed_cost,
            effective_cost,
            list_cost,
            contracted_cost,
            consumed_quantity,
            consumed_unit,
            tags_text,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (line_id, charge_period_start) in (
            select
                accepted.line_id,
                accepted.charge_period_start
            from accepted
        )
        union all
        select
            tenant_id,
            line_id,
            charge_period_start,
            charge_period_end,
            billing_period_start,
            provider_name,
            publisher_name,
            billing_account_id,
            sub_account_id,
            service_category,
            service_name,
            region_id,
            availability_zone,
            resource_id,
            sku_id,
            charge_category,
            charge_frequency,
            charge_description,
            pricing_category,
            commitment_discount_status,
            billing_currency,
            billed_cost,
            effective_cost,
            list_cost,
            contracted_cost,
            consumed_quantity,
            consumed_unit,
            tags_text,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('focus_cost_line') }} as cold
        where (line_id, charge_period_start) in (
            select
                accepted.line_id,
                accepted.charge_period_start
            from accepted
        )
    ) as standing
    order by line_id, charge_period_start, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.line_id = known.line_id
            and accepted.charge_period_start = known.charge_period_start
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
    line_id,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    provider_name,
    publisher_name,
    billing_account_id,
    sub_account_id,
    service_category,
    service_name,
    region_id,
    availability_zone,
    resource_id,
    sku_id,
    charge_category,
    charge_frequency,
    charge_description,
    pricing_category,
    commitment_discount_status,
    billing_currency,
    billed_cost,
    effective_cost,
    list_cost,
    contracted_cost,
    consumed_quantity,
    consumed_unit,
    tags_text,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

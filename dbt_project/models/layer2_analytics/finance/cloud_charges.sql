{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['charge_id', 'charge_period_start'],
        full_refresh=false,
        pre_hook="{{ lock_batch('cloud_charges') }}",
        post_hook="{{ close_batch('cloud_charges', ref('stg_finance__cloud_charges'), ref('rejected_cloud_charges')) }}",
    )
}}

-- One row per charge_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/finance/cloud_charges.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_cloud_charges') }}
with accepted as (
    select
        charge_id,
        provider_name,
        billing_account_id,
        sub_account_name,
        charge_category,
        service_category,
        service_name,
        region_id,
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        consumed_quantity,
        consumed_unit,
        tags_json,
        is_tagged,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by charge_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_finance__cloud_charges') }}
    where _errors = '{}' and {{ in_open_batch('cloud_charges') }}
),

known as (
    select distinct on (charge_id)
        charge_id,
        provider_name,
        billing_account_id,
        sub_account_name,
        charge_category,
        service_category,
        service_name,
        region_id,
        billed_cost,
        effective_cost,
        list_cost,
        billing_currency,
        consumed_quantity,
        consumed_unit,
        tags_json,
        is_tagged,
        charge_period_start,
        charge_period_end,
        billing_period_start,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            charge_id,
            provider_name,
            billing_account_id,
            sub_account_name,
            charge_category,
            service_category,
            service_name,
            region_id,
            billed_cost,
            effective_cost,
            list_cost,
            billing_currency,
            consumed_quantity,
            consumed_unit,
            tags_json,
            is_tagged,
            charge_period_start,
            charge_period_end,
            billing_period_start,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (charge_id) in (
            select accepted.charge_id
            from accepted
        )
        union all
        select
            charge_id,
            provider_name,
            billing_account_id,
            sub_account_name,
            charge_category,
            service_category,
            service_name,
            region_id,
            billed_cost,
            effective_cost,
            list_cost,
            billing_currency,
            consumed_quantity,
            consumed_unit,
            tags_json,
            is_tagged,
            charge_period_start,
            charge_period_end,
            billing_period_start,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('cloud_charges') }} as cold
        where (charge_id) in (
            select accepted.charge_id
            from accepted
        )
    ) as standing
    order by charge_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.charge_id = known.charge_id
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
        earlier.charge_id,
        earlier.provider_name,
        earlier.billing_account_id,
        earlier.sub_account_name,
        earlier.charge_category,
        earlier.service_category,
        earlier.service_name,
        earlier.region_id,
        earlier.billed_cost,
        earlier.effective_cost,
        earlier.list_cost,
        earlier.billing_currency,
        earlier.consumed_quantity,
        earlier.consumed_unit,
        earlier.tags_json,
        earlier.is_tagged,
        earlier.charge_period_start,
        earlier.charge_period_end,
        earlier.billing_period_start,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.charge_id = earlier.charge_id
    where earlier.charge_period_start <> newest.charge_period_start and not earlier._deleted
)

select
    charge_id,
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost,
    effective_cost,
    list_cost,
    billing_currency,
    consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
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
    charge_id,
    provider_name,
    billing_account_id,
    sub_account_name,
    charge_category,
    service_category,
    service_name,
    region_id,
    billed_cost,
    effective_cost,
    list_cost,
    billing_currency,
    consumed_quantity,
    consumed_unit,
    tags_json,
    is_tagged,
    charge_period_start,
    charge_period_end,
    billing_period_start,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

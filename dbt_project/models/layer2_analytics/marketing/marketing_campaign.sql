{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['campaign_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketing_campaign') }}",
        post_hook="{{ close_batch('marketing_campaign', ref('stg_marketing__marketing_campaign'), ref('rejected_marketing_campaign')) }}",
    )
}}

-- One row per campaign_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/marketing_campaign.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketing_campaign') }}
-- depends_on: {{ ref('marketing_campaign_versions') }}
with accepted as (
    select
        campaign_id,
        tenant_id,
        campaign_name,
        objective,
        main_channel,
        status,
        start_date,
        end_date,
        budget_usd,
        uses_vendor_funds,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by campaign_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__marketing_campaign') }}
    where _errors = '{}' and {{ in_open_batch('marketing_campaign') }}
),

known as (
    select distinct on (campaign_id)
        campaign_id,
        tenant_id,
        campaign_name,
        objective,
        main_channel,
        status,
        start_date,
        end_date,
        budget_usd,
        uses_vendor_funds,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (campaign_id) in (
        select accepted.campaign_id
        from accepted
    )
    order by campaign_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.campaign_id = known.campaign_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    campaign_id,
    tenant_id,
    campaign_name,
    objective,
    main_channel,
    status,
    start_date,
    end_date,
    budget_usd,
    uses_vendor_funds,
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

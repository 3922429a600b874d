{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['touchpoint_id', 'touched_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketing_touchpoint') }}",
        post_hook="{{ close_batch('marketing_touchpoint', ref('stg_marketing__marketing_touchpoint'), ref('rejected_marketing_touchpoint')) }}",
    )
}}

-- One row per touchpoint_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/marketing_touchpoint.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketing_touchpoint') }}
with accepted as (
    select
        touchpoint_id,
        touched_at,
        tenant_id,
        contact_id,
        campaign_id,
        channel_code,
        interaction,
        asset,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by touchpoint_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__marketing_touchpoint') }}
    where _errors = '{}' and {{ in_open_batch('marketing_touchpoint') }}
),

known as (
    select distinct on (touchpoint_id)
        touchpoint_id,
        touched_at,
        tenant_id,
        contact_id,
        campaign_id,
        channel_code,
        interaction,
        asset,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            touchpoint_id,
            touched_at,
            tenant_id,
            contact_id,
            campaign_id,
            channel_code,
            interaction,
            asset,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (touchpoint_id) in (
            select accepted.touchpoint_id
            from accepted
        )
        union all
        select
            touchpoint_id,
            touched_at,
            tenant_id,
            contact_id,
            campaign_id,
            channel_code,
            interaction,
            asset,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('marketing_touchpoint') }} as cold
        where (touchpoint_id) in (
            select accepted.touchpoint_id
            from accepted
        )
    ) as standing
    order by touchpoint_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.touchpoint_id = known.touchpoint_id
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
        earlier.touchpoint_id,
        earlier.touched_at,
        earlier.tenant_id,
        earlier.contact_id,
        earlier.campaign_id,
        earlier.channel_code,
        earlier.interaction,
        earlier.asset,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.touchpoint_id = earlier.touchpoint_id
    where earlier.touched_at <> newest.touched_at and not earlier._deleted
)

select
    touchpoint_id,
    touched_at,
    tenant_id,
    contact_id,
    campaign_id,
    channel_code,
    interaction,
    asset,
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
    touchpoint_id,
    touched_at,
    tenant_id,
    contact_id,
    campaign_id,
    channel_code,
    interaction,
    asset,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

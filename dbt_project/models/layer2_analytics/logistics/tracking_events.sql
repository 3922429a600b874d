{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['event_id', 'occurred_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('tracking_events') }}",
        post_hook="{{ close_batch('tracking_events', ref('stg_logistics__tracking_events'), ref('rejected_tracking_events')) }}",
    )
}}

-- One row per event_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/tracking_events.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_tracking_events') }}
with accepted as (
    select
        event_id,
        shipment_id,
        event_type,
        site_code,
        delay_minutes,
        occurred_at,
        remark,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by event_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__tracking_events') }}
    where _errors = '{}' and {{ in_open_batch('tracking_events') }}
),

known as (
    select distinct on (event_id)
        event_id,
        shipment_id,
        event_type,
        site_code,
        delay_minutes,
        occurred_at,
        remark,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            event_id,
            shipment_id,
            event_type,
            site_code,
            delay_minutes,
            occurred_at,
            remark,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (event_id) in (
            select accepted.event_id
            from accepted
        )
        union all
        select
            event_id,
            shipment_id,
            event_type,
            site_code,
            delay_minutes,
            occurred_at,
            remark,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('tracking_events') }} as cold
        where (event_id) in (
            select accepted.event_id
            from accepted
        )
    ) as standing
    order by event_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.event_id = known.event_id
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
        earlier.event_id,
        earlier.shipment_id,
        earlier.event_type,
        earlier.site_code,
        earlier.delay_minutes,
        earlier.occurred_at,
        earlier.remark,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.event_id = earlier.event_id
    where earlier.occurred_at <> newest.occurred_at and not earlier._deleted
)

select
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
    remark,
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
    event_id,
    shipment_id,
    event_type,
    site_code,
    delay_minutes,
    occurred_at,
    remark,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

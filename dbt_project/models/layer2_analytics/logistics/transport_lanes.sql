{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['lane_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('transport_lanes') }}",
        post_hook="{{ close_batch('transport_lanes', ref('stg_logistics__transport_lanes'), ref('rejected_transport_lanes')) }}",
    )
}}

-- One row per lane_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/transport_lanes.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_transport_lanes') }}
with accepted as (
    select
        lane_id,
        origin_site_code,
        destination_site_code,
        transport_mode,
        distance_km,
        planned_transit_hours,
        planned_cost_per_kg,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by lane_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__transport_lanes') }}
    where _errors = '{}' and {{ in_open_batch('transport_lanes') }}
),

known as (
    select distinct on (lane_id)
        lane_id,
        origin_site_code,
        destination_site_code,
        transport_mode,
        distance_km,
        planned_transit_hours,
        planned_cost_per_kg,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (lane_id) in (
        select accepted.lane_id
        from accepted
    )
    order by lane_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.lane_id = known.lane_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    lane_id,
    origin_site_code,
    destination_site_code,
    transport_mode,
    distance_km,
    planned_transit_hours,
    planned_cost_per_kg,
    currency,
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

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['site_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('logistics_sites') }}",
        post_hook="{{ close_batch('logistics_sites', ref('stg_logistics__logistics_sites'), ref('rejected_logistics_sites')) }}",
    )
}}

-- One row per site_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/logistics_sites.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_logistics_sites') }}
with accepted as (
    select
        site_code,
        site_name,
        site_type,
        country_code,
        city,
        latitude,
        longitude,
        time_zone,
        is_owned,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by site_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__logistics_sites') }}
    where _errors = '{}' and {{ in_open_batch('logistics_sites') }}
),

known as (
    select distinct on (site_code)
        site_code,
        site_name,
        site_type,
        country_code,
        city,
        latitude,
        longitude,
        time_zone,
        is_owned,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (site_code) in (
        select accepted.site_code
        from accepted
    )
    order by site_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.site_code = known.site_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    site_code,
    site_name,
    site_type,
    country_code,
    city,
    latitude,
    longitude,
    time_zone,
    is_owned,
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

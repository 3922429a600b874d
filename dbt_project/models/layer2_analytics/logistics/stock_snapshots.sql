{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['site_code', 'item_code', 'counted_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('stock_snapshots') }}",
        post_hook="{{ close_batch('stock_snapshots', ref('stg_logistics__stock_snapshots'), ref('rejected_stock_snapshots')) }}",
    )
}}

-- One row per site_code and item_code and counted_on: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/stock_snapshots.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_stock_snapshots') }}
with accepted as (
    select
        site_code,
        item_code,
        counted_on,
        on_hand_quantity,
        reserved_quantity,
        average_daily_use,
        days_of_stock,
        stock_value,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by site_code, item_code, counted_on
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__stock_snapshots') }}
    where _errors = '{}' and {{ in_open_batch('stock_snapshots') }}
),

known as (
    select distinct on (site_code, item_code, counted_on)
        site_code,
        item_code,
        counted_on,
        on_hand_quantity,
        reserved_quantity,
        average_daily_use,
        days_of_stock,
        stock_value,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            site_code,
            item_code,
            counted_on,
            on_hand_quantity,
            reserved_quantity,
            average_daily_use,
            days_of_stock,
            stock_value,
            currency,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (site_code, item_code, counted_on) in (
            select
                accepted.site_code,
                accepted.item_code,
                accepted.counted_on
            from accepted
        )
        union all
        select
            site_code,
            item_code,
            counted_on,
            on_hand_quantity,
            reserved_quantity,
            average_daily_use,
            days_of_stock,
            stock_value,
            currency,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('stock_snapshots') }} as cold
        where (site_code, item_code, counted_on) in (
            select
                accepted.site_code,
                accepted.item_code,
                accepted.counted_on
            from accepted
        )
    ) as standing
    order by site_code, item_code, counted_on, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.site_code = known.site_code
            and accepted.item_code = known.item_code
            and accepted.counted_on = known.counted_on
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
    item_code,
    counted_on,
    on_hand_quantity,
    reserved_quantity,
    average_daily_use,
    days_of_stock,
    stock_value,
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

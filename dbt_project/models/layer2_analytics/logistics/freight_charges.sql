{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['charge_id', 'charged_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('freight_charges') }}",
        post_hook="{{ close_batch('freight_charges', ref('stg_logistics__freight_charges'), ref('rejected_freight_charges')) }}",
    )
}}

-- One row per charge_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/freight_charges.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_freight_charges') }}
with accepted as (
    select
        charge_id,
        shipment_id,
        carrier_code,
        charge_type,
        amount,
        currency,
        is_disputed,
        charged_on,
        updated_at,
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
    from {{ ref('stg_logistics__freight_charges') }}
    where _errors = '{}' and {{ in_open_batch('freight_charges') }}
),

known as (
    select distinct on (charge_id)
        charge_id,
        shipment_id,
        carrier_code,
        charge_type,
        amount,
        currency,
        is_disputed,
        charged_on,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            charge_id,
            shipment_id,
            carrier_code,
            charge_type,
            amount,
            currency,
            is_disputed,
            charged_on,
            updated_at,
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
            shipment_id,
            carrier_code,
            charge_type,
            amount,
            currency,
            is_disputed,
            charged_on,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('freight_charges') }} as cold
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
        earlier.shipment_id,
        earlier.carrier_code,
        earlier.charge_type,
        earlier.amount,
        earlier.currency,
        earlier.is_disputed,
        earlier.charged_on,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.charge_id = earlier.charge_id
    where earlier.charged_on <> newest.charged_on and not earlier._deleted
)

select
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount,
    currency,
    is_disputed,
    charged_on,
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
union all
select
    charge_id,
    shipment_id,
    carrier_code,
    charge_type,
    amount,
    currency,
    is_disputed,
    charged_on,
    updated_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

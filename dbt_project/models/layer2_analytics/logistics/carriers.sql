{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['carrier_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('carriers') }}",
        post_hook="{{ close_batch('carriers', ref('stg_logistics__carriers'), ref('rejected_carriers')) }}",
    )
}}

-- One row per carrier_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/logistics/carriers.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_carriers') }}
with accepted as (
    select
        carrier_code,
        carrier_name,
        transport_mode,
        is_active,
        contract_until,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by carrier_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_logistics__carriers') }}
    where _errors = '{}' and {{ in_open_batch('carriers') }}
),

known as (
    select distinct on (carrier_code)
        carrier_code,
        carrier_name,
        transport_mode,
        is_active,
        contract_until,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (carrier_code) in (
        select accepted.carrier_code
        from accepted
    )
    order by carrier_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.carrier_code = known.carrier_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    carrier_code,
    carrier_name,
    transport_mode,
    is_active,
    contract_until,
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

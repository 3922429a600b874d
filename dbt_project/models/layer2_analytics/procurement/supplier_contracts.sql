{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['contract_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('supplier_contracts') }}",
        post_hook="{{ close_batch('supplier_contracts', ref('stg_procurement__supplier_contracts'), ref('rejected_supplier_contracts')) }}",
    )
}}

-- One row per contract_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/supplier_contracts.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_supplier_contracts') }}
-- depends_on: {{ ref('supplier_contracts_versions') }}
with accepted as (
    select
        contract_id,
        supplier_id,
        title,
        status,
        starts_on,
        ends_on,
        committed_spend,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by contract_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__supplier_contracts') }}
    where _errors = '{}' and {{ in_open_batch('supplier_contracts') }}
),

known as (
    select distinct on (contract_id)
        contract_id,
        supplier_id,
        title,
        status,
        starts_on,
        ends_on,
        committed_spend,
        currency,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (contract_id) in (
        select accepted.contract_id
        from accepted
    )
    order by contract_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.contract_id = known.contract_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    contract_id,
    supplier_id,
    title,
    status,
    starts_on,
    ends_on,
    committed_spend,
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

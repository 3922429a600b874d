{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['supplier_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('suppliers') }}",
        post_hook="{{ close_batch('suppliers', ref('stg_procurement__suppliers'), ref('rejected_suppliers')) }}",
    )
}}

-- One row per supplier_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/procurement/suppliers.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_suppliers') }}
-- depends_on: {{ ref('suppliers_versions') }}
with accepted as (
    select
        supplier_id,
        supplier_name,
        country_code,
        tax_number,
        status,
        risk_class,
        payment_terms_days,
        contact_name,
        contact_email,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by supplier_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_procurement__suppliers') }}
    where _errors = '{}' and {{ in_open_batch('suppliers') }}
),

known as (
    select distinct on (supplier_id)
        supplier_id,
        supplier_name,
        country_code,
        tax_number,
        status,
        risk_class,
        payment_terms_days,
        contact_name,
        contact_email,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (supplier_id) in (
        select accepted.supplier_id
        from accepted
    )
    order by supplier_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.supplier_id = known.supplier_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    supplier_id,
    supplier_name,
    country_code,
    tax_number,
    status,
    risk_class,
    payment_terms_days,
    contact_name,
    contact_email,
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

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['contact_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketing_contact') }}",
        post_hook="{{ close_batch('marketing_contact', ref('stg_marketing__marketing_contact'), ref('rejected_marketing_contact')) }}",
    )
}}

-- One row per contact_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/marketing_contact.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketing_contact') }}
-- depends_on: {{ ref('marketing_contact_versions') }}
with accepted as (
    select
        contact_id,
        tenant_id,
        account_id,
        email,
        full_name,
        phone,
        job_title,
        status,
        created_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by contact_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__marketing_contact') }}
    where _errors = '{}' and {{ in_open_batch('marketing_contact') }}
),

known as (
    select distinct on (contact_id)
        contact_id,
        tenant_id,
        account_id,
        email,
        full_name,
        phone,
        job_title,
        status,
        created_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (contact_id) in (
        select accepted.contact_id
        from accepted
    )
    order by contact_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.contact_id = known.contact_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    contact_id,
    tenant_id,
    account_id,
    email,
    full_name,
    phone,
    job_title,
    status,
    created_at,
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

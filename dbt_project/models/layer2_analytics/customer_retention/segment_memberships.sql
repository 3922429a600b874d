{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['customer_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('segment_memberships') }}",
        post_hook="{{ close_batch('segment_memberships', ref('stg_customer_retention__segment_memberships'), ref('rejected_segment_memberships')) }}",
    )
}}

-- One row per customer_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/segment_memberships.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_segment_memberships') }}
-- depends_on: {{ ref('segment_memberships_versions') }}
with accepted as (
    select
        customer_id,
        segment_code,
        previous_segment_code,
        assigned_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by customer_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__segment_memberships') }}
    where _errors = '{}' and {{ in_open_batch('segment_memberships') }}
),

known as (
    select distinct on (customer_id)
        customer_id,
        segment_code,
        previous_segment_code,
        assigned_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (customer_id) in (
        select accepted.customer_id
        from accepted
    )
    order by customer_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.customer_id = known.customer_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    customer_id,
    segment_code,
    previous_segment_code,
    assigned_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['segment_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('customer_segments') }}",
        post_hook="{{ close_batch('customer_segments', ref('stg_customer_retention__customer_segments'), ref('rejected_customer_segments')) }}",
    )
}}

-- One row per segment_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/customer_segments.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_customer_segments') }}
with accepted as (
    select
        segment_code,
        segment_name,
        rule,
        priority,
        is_at_risk,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by segment_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__customer_segments') }}
    where _errors = '{}' and {{ in_open_batch('customer_segments') }}
),

known as (
    select distinct on (segment_code)
        segment_code,
        segment_name,
        rule,
        priority,
        is_at_risk,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (segment_code) in (
        select accepted.segment_code
        from accepted
    )
    order by segment_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.segment_code = known.segment_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    segment_code,
    segment_name,
    rule,
    priority,
    is_at_risk,
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

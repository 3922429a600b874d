{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('customers') }}",
        post_hook="{{ drop_stale_versions('customers', ref('stg_commerce__customers')) }}",
    )
}}

-- One row per version a record of customers had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/commerce/customers.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_customers') }}
with accepted as (
    select
        customer_id,
        customer_name,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        now() as _loaded_at,
        1 as _definition_version,
        _quality_issues,
        _quality_score,
        _valid_from as valid_from
    from {{ ref('stg_commerce__customers') }}
    where _errors = '{}' and {{ in_open_batch('customers') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
        customer_id,
        customer_name,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from
    from {{ this }}
    where
        (customer_id) in (
            select accepted.customer_id
            from accepted
            union all
            select earlier.customer_id
            from {{ this }} as earlier
            where {{ in_open_batch('customers') }}
        )
        and not {{ in_open_batch('customers') }}
),

everything as (
    select * from accepted
    union all
    select * from known
)

select
    customer_id,
    customer_name,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    lead(valid_from) over next_one as valid_to,
    lead(valid_from) over next_one is null as is_current
from everything
window next_one as (partition by customer_id order by _source_order, _raw_seq)

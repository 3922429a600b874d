{{ config(materialized='view') }}

-- One row per row of loyalty_movements that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/loyalty_movements.json: edit that file, not this one.
-- depends_on: {{ ref('loyalty_movements') }}
{% if target.type == 'spark' %}
select
    movement_id,
    account_number,
    movement_type,
    points,
    order_id,
    booked_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('loyalty_movements', 'cold') }} as files
where {{ handover_is_current('loyalty_movements') }}
{% else %}
{% set archived = archived_files('loyalty_movements') %}
{% if archived.paths %}
select
    cast(movement_id as bigint) as movement_id,
    cast(account_number as varchar) as account_number,
    cast(movement_type as varchar) as movement_type,
    cast(points as integer) as points,
    cast(order_id as uuid) as order_id,
    cast(booked_at as timestamptz) as booked_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::bigint as movement_id,
        null::varchar as account_number,
        null::varchar as movement_type,
        null::integer as points,
        null::uuid as order_id,
        null::timestamptz as booked_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('loyalty_movements', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as bigint) as movement_id,
    cast(case when guard.is_current then null end as varchar) as account_number,
    cast(case when guard.is_current then null end as varchar) as movement_type,
    cast(case when guard.is_current then null end as integer) as points,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as timestamptz) as booked_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('loyalty_movements', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

{{ config(materialized='view') }}

-- One row per row of retention_offers that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/retention_offers.json: edit that file, not this one.
-- depends_on: {{ ref('retention_offers') }}
{% if target.type == 'spark' %}
select
    offer_id,
    customer_id,
    promotion_code,
    channel,
    response,
    is_control,
    came_back_at,
    offered_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('retention_offers', 'cold') }} as files
where {{ handover_is_current('retention_offers') }}
{% else %}
{% set archived = archived_files('retention_offers') %}
{% if archived.paths %}
select
    cast(offer_id as uuid) as offer_id,
    cast(customer_id as uuid) as customer_id,
    cast(promotion_code as varchar) as promotion_code,
    cast(channel as varchar) as channel,
    cast(response as varchar) as response,
    cast(is_control as boolean) as is_control,
    cast(came_back_at as timestamptz) as came_back_at,
    cast(offered_at as timestamptz) as offered_at,
    cast(updated_at as timestamptz) as updated_at,
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
        null::uuid as offer_id,
        null::uuid as customer_id,
        null::varchar as promotion_code,
        null::varchar as channel,
        null::varchar as response,
        null::boolean as is_control,
        null::timestamptz as came_back_at,
        null::timestamptz as offered_at,
        null::timestamptz as updated_at,
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
where {{ is_current('retention_offers', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as offer_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as varchar) as promotion_code,
    cast(case when guard.is_current then null end as varchar) as channel,
    cast(case when guard.is_current then null end as varchar) as response,
    cast(case when guard.is_current then null end as boolean) as is_control,
    cast(case when guard.is_current then null end as timestamptz) as came_back_at,
    cast(case when guard.is_current then null end as timestamptz) as offered_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('retention_offers', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

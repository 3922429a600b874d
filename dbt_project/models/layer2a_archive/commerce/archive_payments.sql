{{ config(materialized='view') }}

-- One row per row of payments that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/commerce/payments.json: edit that file, not this one.
-- depends_on: {{ ref('payments') }}
{% if target.type == 'spark' %}
select
    payment_id,
    order_id,
    method,
    status,
    amount,
    currency,
    provider_fee,
    card_last4,
    decline_reason,
    paid_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('payments', 'cold') }} as files
where {{ handover_is_current('payments') }}
{% else %}
{% set archived = archived_files('payments') %}
{% if archived.paths %}
select
    cast(payment_id as varchar) as payment_id,
    cast(order_id as uuid) as order_id,
    cast(method as varchar) as method,
    cast(status as varchar) as status,
    cast(amount as decimal(10, 2)) as amount,
    cast(currency as varchar) as currency,
    cast(provider_fee as decimal(10, 4)) as provider_fee,
    cast(left(card_last4, (length(card_last4) > 3)::int) || '***' as varchar) as card_last4,
    cast(decline_reason as varchar) as decline_reason,
    cast(paid_at as timestamptz) as paid_at,
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
        null::varchar as payment_id,
        null::uuid as order_id,
        null::varchar as method,
        null::varchar as status,
        null::decimal(10, 2) as amount,
        null::varchar as currency,
        null::decimal(10, 4) as provider_fee,
        null::varchar as card_last4,
        null::varchar as decline_reason,
        null::timestamptz as paid_at,
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
where {{ is_current('payments', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as payment_id,
    cast(case when guard.is_current then null end as uuid) as order_id,
    cast(case when guard.is_current then null end as varchar) as method,
    cast(case when guard.is_current then null end as varchar) as status,
    cast(case when guard.is_current then null end as decimal(10, 2)) as amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as decimal(10, 4)) as provider_fee,
    cast(case when guard.is_current then null end as varchar) as card_last4,
    cast(case when guard.is_current then null end as varchar) as decline_reason,
    cast(case when guard.is_current then null end as timestamptz) as paid_at,
    cast(case when guard.is_current then null end as timestamptz) as updated_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('payments', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

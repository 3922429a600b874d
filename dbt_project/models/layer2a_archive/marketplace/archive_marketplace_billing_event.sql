{{ config(materialized='view') }}

-- One row per row of marketplace_billing_event that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/marketplace/marketplace_billing_event.json: edit that file, not this one.
-- depends_on: {{ ref('marketplace_billing_event') }}
{% if target.type == 'spark' %}
select
    tenant_id,
    billing_event_id,
    action,
    transaction_type,
    product_id,
    agreement_id,
    end_user_account_id,
    disbursement_id,
    amount,
    currency,
    invoice_date,
    action_date,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('marketplace_billing_event', 'cold') }} as files
where {{ handover_is_current('marketplace_billing_event') }}
{% else %}
{% set archived = archived_files('marketplace_billing_event') %}
{% if archived.paths %}
select
    cast(tenant_id as uuid) as tenant_id,
    cast(billing_event_id as varchar) as billing_event_id,
    cast(action as varchar) as action,
    cast(transaction_type as varchar) as transaction_type,
    cast(product_id as varchar) as product_id,
    cast(agreement_id as varchar) as agreement_id,
    cast(end_user_account_id as varchar) as end_user_account_id,
    cast(disbursement_id as varchar) as disbursement_id,
    cast(amount as decimal(18, 6)) as amount,
    cast(currency as varchar) as currency,
    cast(invoice_date as timestamptz) as invoice_date,
    cast(action_date as timestamptz) as action_date,
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
        null::uuid as tenant_id,
        null::varchar as billing_event_id,
        null::varchar as action,
        null::varchar as transaction_type,
        null::varchar as product_id,
        null::varchar as agreement_id,
        null::varchar as end_user_account_id,
        null::varchar as disbursement_id,
        null::decimal(18, 6) as amount,
        null::varchar as currency,
        null::timestamptz as invoice_date,
        null::timestamptz as action_date,
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
where {{ is_current('marketplace_billing_event', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as uuid) as tenant_id,
    cast(case when guard.is_current then null end as varchar) as billing_event_id,
    cast(case when guard.is_current then null end as varchar) as action,
    cast(case when guard.is_current then null end as varchar) as transaction_type,
    cast(case when guard.is_current then null end as varchar) as product_id,
    cast(case when guard.is_current then null end as varchar) as agreement_id,
    cast(case when guard.is_current then null end as varchar) as end_user_account_id,
    cast(case when guard.is_current then null end as varchar) as disbursement_id,
    cast(case when guard.is_current then null end as decimal(18, 6)) as amount,
    cast(case when guard.is_current then null end as varchar) as currency,
    cast(case when guard.is_current then null end as timestamptz) as invoice_date,
    cast(case when guard.is_current then null end as timestamptz) as action_date,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('marketplace_billing_event', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

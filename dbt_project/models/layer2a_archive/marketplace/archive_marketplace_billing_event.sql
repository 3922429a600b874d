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
{% set archived = archived_files('marketplace_billing_event', times=['action_date']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'action_date', 'timestamptz') %}
        'tenant_id': {name: 'tenant_id', type: 'UUID', default_value: null},
        'billing_event_id': {name: 'billing_event_id', type: 'VARCHAR', default_value: null},
        'action': {name: 'action', type: 'VARCHAR', default_value: null},
        'transaction_type': {name: 'transaction_type', type: 'VARCHAR', default_value: null},
        'product_id': {name: 'product_id', type: 'VARCHAR', default_value: null},
        'agreement_id': {name: 'agreement_id', type: 'VARCHAR', default_value: null},
        'end_user_account_id': {name: 'end_user_account_id', type: 'VARCHAR', default_value: null},
        'disbursement_id': {name: 'disbursement_id', type: 'VARCHAR', default_value: null},
        'amount': {name: 'amount', type: 'DECIMAL(18,6)', default_value: null},
        'currency': {name: 'currency', type: 'VARCHAR', default_value: null},
        'invoice_date': {name: 'invoice_date', type: 'TIMESTAMPTZ', default_value: null},
        'action_date': {name: 'action_date', type: 'TIMESTAMPTZ', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('marketplace_billing_event', archived.revision) }}
{% endif %}
{% endif %}

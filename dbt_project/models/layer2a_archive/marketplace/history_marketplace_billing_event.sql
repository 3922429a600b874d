{{ config(materialized='view') }}

-- One row per billing_event_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/marketplace/marketplace_billing_event.json: edit that file, not this one.
-- depends_on: {{ ref('marketplace_billing_event') }}
with everything as (
    select
        tenant_id,
        coalesce(
            billing_event_id,
            {{ sql_error('archived rows of marketplace_billing_event have no billing_event_id; if it was renamed, state renamed_from in the definition') }}
        ) as billing_event_id,
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
    from {{ ref('archive_marketplace_billing_event') }}
    union all
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
    from {{ handed_over('marketplace_billing_event', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('marketplace_billing_event') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by billing_event_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('marketplace_billing_event') }}

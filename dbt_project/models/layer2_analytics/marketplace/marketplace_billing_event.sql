{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['billing_event_id', 'action_date'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketplace_billing_event') }}",
        post_hook="{{ close_batch('marketplace_billing_event', ref('stg_marketplace__marketplace_billing_event'), ref('rejected_marketplace_billing_event')) }}",
    )
}}

-- One row per billing_event_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/marketplace_billing_event.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketplace_billing_event') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by billing_event_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__marketplace_billing_event') }}
    where _errors = '{}' and {{ in_open_batch('marketplace_billing_event') }}
),

known as (
    select distinct on (billing_event_id)
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
        _deleted
    from (
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
            _loaded_at
        from {{ this }}
        where (billing_event_id) in (
            select accepted.billing_event_id
            from accepted
        )
        union all
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
            _loaded_at
        from {{ cold_rows('marketplace_billing_event') }} as cold
        where (billing_event_id) in (
            select accepted.billing_event_id
            from accepted
        )
    ) as standing
    order by billing_event_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.billing_event_id = known.billing_event_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.tenant_id,
        earlier.billing_event_id,
        earlier.action,
        earlier.transaction_type,
        earlier.product_id,
        earlier.agreement_id,
        earlier.end_user_account_id,
        earlier.disbursement_id,
        earlier.amount,
        earlier.currency,
        earlier.invoice_date,
        earlier.action_date,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.billing_event_id = earlier.billing_event_id
    where earlier.action_date <> newest.action_date and not earlier._deleted
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
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
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['invitation_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('engagement_invitation') }}",
        post_hook="{{ close_batch('engagement_invitation', ref('stg_partner_central__engagement_invitation'), ref('rejected_engagement_invitation')) }}",
    )
}}

-- One row per invitation_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/engagement_invitation.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_engagement_invitation') }}
-- depends_on: {{ ref('engagement_invitation_versions') }}
with accepted as (
    select
        tenant_id,
        invitation_id,
        engagement_id,
        invitation_title,
        participant_type,
        status,
        rejection_reason,
        sender_company_name,
        receiver_account_id,
        invited_at,
        expires_at,
        modified_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by invitation_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__engagement_invitation') }}
    where _errors = '{}' and {{ in_open_batch('engagement_invitation') }}
),

known as (
    select distinct on (invitation_id)
        tenant_id,
        invitation_id,
        engagement_id,
        invitation_title,
        participant_type,
        status,
        rejection_reason,
        sender_company_name,
        receiver_account_id,
        invited_at,
        expires_at,
        modified_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (invitation_id) in (
        select accepted.invitation_id
        from accepted
    )
    order by invitation_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.invitation_id = known.invitation_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    invitation_id,
    engagement_id,
    invitation_title,
    participant_type,
    status,
    rejection_reason,
    sender_company_name,
    receiver_account_id,
    invited_at,
    expires_at,
    modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

-- One row per claimed raw record of engagement_invitation, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/engagement_invitation.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_engagement_invitation') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'Id' as invitation_id,
        _payload ->> 'EngagementId' as engagement_id,
        _payload ->> 'EngagementTitle' as invitation_title,
        _payload ->> 'ParticipantType' as participant_type,
        _payload ->> 'Status' as status,
        _payload ->> 'RejectionReason' as rejection_reason,
        _payload ->> 'SenderCompanyName' as sender_company_name,
        _payload #>> '{Receiver, Account, AwsAccountId}' as receiver_account_id,
        nullif(_payload ->> 'InvitationDate', '') as invited_at,
        nullif(_payload ->> 'ExpirationDate', '') as expires_at,
        nullif(_payload ->> 'ModifiedAt', '') as modified_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.tenant_id,
        typed.invitation_id,
        typed.engagement_id,
        typed.invitation_title,
        typed.participant_type,
        typed.status,
        typed.rejection_reason,
        typed.sender_company_name,
        typed.receiver_account_id,
        typed.invited_at,
        typed.expires_at,
        typed.modified_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('invitation_id', 'varchar(60)', required=true) }},
                {{ cast_fault('engagement_id', 'varchar(40)') }},
                {{ cast_fault('invitation_title', 'varchar(255)', required=true) }},
                {{ cast_fault('participant_type', 'varchar(16)', required=true) }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('rejection_reason', 'varchar(80)') }},
                {{ cast_fault('sender_company_name', 'varchar(200)', required=true) }},
                {{ cast_fault('receiver_account_id', 'varchar(12)') }},
                {{ cast_fault('invited_at', 'timestamptz', required=true) }},
                {{ cast_fault('expires_at', 'timestamptz', required=true) }},
                {{ cast_fault('modified_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.invitation_id', 'varchar(60)') }} as invitation_id,
            {{ cast_or_null('sent.engagement_id', 'varchar(40)') }} as engagement_id,
            {{ cast_or_null('sent.invitation_title', 'varchar(255)') }} as invitation_title,
            {{ cast_or_null('sent.participant_type', 'varchar(16)') }} as participant_type,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.rejection_reason', 'varchar(80)') }} as rejection_reason,
            {{ cast_or_null('sent.sender_company_name', 'varchar(200)') }} as sender_company_name,
            {{ cast_or_null('sent.receiver_account_id', 'varchar(12)') }} as receiver_account_id,
            {{ cast_or_null('sent.invited_at', 'timestamptz') }} as invited_at,
            {{ cast_or_null('sent.expires_at', 'timestamptz') }} as expires_at,
            {{ cast_or_null('sent.modified_at', 'timestamptz') }} as modified_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
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
        _cast_faults || array_remove(array[
            case
                when not (invitation_id ~ '^engi-[0-9a-z]{10,20}$')
                    then 'invitation_id: does not fit ^engi-[0-9a-z]{10,20}$'
            end,
            case
                when not (participant_type in ('SENDER', 'RECEIVER'))
                    then 'participant_type: expected one of SENDER, RECEIVER'
            end,
            case
                when not (status in ('PENDING', 'ACCEPTED', 'REJECTED', 'EXPIRED'))
                    then 'status: expected one of PENDING, ACCEPTED, REJECTED, EXPIRED'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (rejection_reason is null or status = 'REJECTED')
                    then 'rejection_reason: does not hold: rejection_reason is null or status = ''REJECTED'''
            end,
            case
                when not (receiver_account_id ~ '^[0-9]{12}$')
                    then 'receiver_account_id: does not fit ^[0-9]{12}$'
            end,
            case
                when not (expires_at > invited_at)
                    then 'expires_at: does not hold: expires_at > invited_at'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
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
    (extract(epoch from modified_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    modified_at as _valid_from,
    _errors || {{ too_long_for_an_index('engagement_invitation') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 7, 2)::numeric(3, 2) as _quality_score
from judged

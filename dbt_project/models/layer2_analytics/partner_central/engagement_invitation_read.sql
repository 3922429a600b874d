{{ config(materialized='view') }}

-- One row per invitation_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/partner_central/engagement_invitation.json: edit that file, not this one.
with engagement_invitation as (
    select *
    from {{ ref('engagement_invitation') }}
    where not _deleted
),

engagement as (
    select
        engagement_id,
        tenant_id,
        title
    from {{ ref('engagement') }}
    where not _deleted
)

select
    engagement_invitation.tenant_id,
    engagement_invitation.invitation_id,
    engagement_invitation.engagement_id,
    engagement.title as engagement_title,
    engagement_invitation.invitation_title,
    engagement_invitation.participant_type,
    engagement_invitation.status,
    engagement_invitation.rejection_reason,
    engagement_invitation.sender_company_name,
    engagement_invitation.receiver_account_id,
    engagement_invitation.invited_at,
    engagement_invitation.expires_at,
    engagement_invitation.modified_at,
    engagement_invitation._loaded_at,
    engagement_invitation._quality_issues,
    engagement_invitation._quality_score
from engagement_invitation
left join engagement
    on
        engagement_invitation.engagement_id = engagement.engagement_id
        and engagement_invitation.tenant_id = engagement.tenant_id

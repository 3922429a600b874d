{# The tables of engagement_invitation. Generated from definitions/object_models/partner_central/engagement_invitation.json: edit that file, not this one. #}
{% macro create_engagement_invitation(schema) %}
create table if not exists {{ schema }}.source_engagement_invitation (
    raw_seq bigint generated always as identity primary key,
    raw_id text,
    raw_data json,
    raw_bytes bytea,
    raw_sha256 text generated always as ({{ schema }}.record_sha256(raw_data, raw_bytes)) stored,
    ingested_at timestamptz not null default now(),
    source_system text,
    source_file text,
    run_id uuid,
    batch_id bigint,
    processed boolean not null default false,
    processed_at timestamptz,
    outcome text check (outcome in ('loaded', 'rejected', 'superseded', 'duplicate')),
    outcome_raw_seq bigint,
    archived_in uuid,
    check (raw_data is not null or raw_bytes is not null)
);
select {{ schema }}.add_source_columns('source_engagement_invitation');
select {{ schema }}.lift_raw_seq('source_engagement_invitation');
select {{ schema }}.ensure_index('ix_engagement_invitation_unclaimed', $index${{ schema }}.source_engagement_invitation (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_engagement_invitation_claimed', $index${{ schema }}.source_engagement_invitation (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_engagement_invitation_unarchived', $index${{ schema }}.source_engagement_invitation (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_engagement_invitation_ingested', $index${{ schema }}.source_engagement_invitation (ingested_at)$index$);
select {{ schema }}.ensure_view('source_engagement_invitation__lake', $view$
select
    raw_seq,
    raw_id,
    raw_data::text as raw_data,
    raw_bytes,
    raw_sha256,
    ingested_at,
    source_system,
    source_file,
    run_id
from {{ schema }}.source_engagement_invitation
$view$);

select {{ schema }}.ensure_shape('engagement_invitation', $shape${{ shape_of_engagement_invitation() }}$shape$);

create table if not exists {{ schema }}.rejected_engagement_invitation (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.engagement_invitation_versions (
    tenant_id uuid,
    invitation_id varchar(60),
    engagement_id varchar(40),
    invitation_title varchar(255),
    participant_type varchar(16),
    status varchar(16),
    rejection_reason varchar(80),
    sender_company_name varchar(200),
    receiver_account_id varchar(12),
    invited_at timestamptz,
    expires_at timestamptz,
    modified_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    valid_from timestamptz,
    valid_to timestamptz,
    is_current boolean not null default true,
    _correlation_id text,
    primary key (_raw_seq)
);
select {{ schema }}.ensure_index('ix_engagement_invitation_versions_key', $index${{ schema }}.engagement_invitation_versions (invitation_id, valid_from)$index$);

create table if not exists {{ schema }}.engagement_invitation (
    tenant_id uuid,
    invitation_id varchar(60) not null,
    engagement_id varchar(40),
    invitation_title varchar(255),
    participant_type varchar(16),
    status varchar(16),
    rejection_reason varchar(80),
    sender_company_name varchar(200),
    receiver_account_id varchar(12),
    invited_at timestamptz,
    expires_at timestamptz,
    modified_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (invitation_id)
);
select {{ schema }}.ensure_index('ix_engagement_invitation_status', $index${{ schema }}.engagement_invitation (tenant_id, status)$index$);

select {{ schema }}.ensure_view('engagement_invitation__lake', $view$
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
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.engagement_invitation
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_engagement_invitation() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["invitation_id"],
    "physical_key": ["invitation_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "invitation_id", "type": "character varying(60)"},
        {"name": "engagement_id", "type": "character varying(40)"},
        {"name": "invitation_title", "type": "character varying(255)"},
        {"name": "participant_type", "type": "character varying(16)"},
        {"name": "status", "type": "character varying(16)"},
        {"name": "rejection_reason", "type": "character varying(80)"},
        {"name": "sender_company_name", "type": "character varying(200)"},
        {"name": "receiver_account_id", "type": "character varying(12)"},
        {"name": "invited_at", "type": "timestamp with time zone"},
        {"name": "expires_at", "type": "timestamp with time zone"},
        {"name": "modified_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

-- What the service keeps. A token's secret stands nowhere: its SHA-256 does. A token of no tenant sees every tenant.
create table if not exists archive_catalog.api_tokens (
    token_id text primary key,
    schema_name text not null,
    secret_sha256 text not null,
    name text not null,
    tenant text,
    scopes text [] not null,
    created_at timestamptz not null default now(),
    created_by text not null default current_user,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_by text
);
-- Who holds it: the same person may have more than one token.
alter table archive_catalog.api_tokens add column if not exists owner text;

-- What was asked for and takes longer than a request. idempotency_key and request_sha256: the same asked twice is one
-- job, and another request under the same key is refused. dry_run_id: what was agreed to is done once.
create table if not exists archive_catalog.api_jobs (
    job_id uuid primary key default gen_random_uuid(),
    schema_name text not null,
    principal text not null,
    tenant text,
    work text not null check (work in ('archive', 'retrieve')),
    request jsonb not null,
    request_sha256 text not null,
    idempotency_key text,
    dry_run_id text unique,
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    owner_key integer,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    result jsonb,
    reason text,
    unique (schema_name, principal, idempotency_key)
);
-- What its token could see: another one fetches the answer only where it can see as much.
alter table archive_catalog.api_jobs add column if not exists scopes text [] not null default '{}';
create index if not exists api_jobs_unfinished on archive_catalog.api_jobs (schema_name, created_at)
where state in ('queued', 'running');

-- What each tenant has left of its requests of the minute, in all processes of the service together. Nothing is lost
-- where it is lost.
create unlogged table if not exists archive_catalog.api_shares (
    schema_name text not null,
    share text not null,
    remaining double precision not null,
    granted double precision not null,
    at timestamptz not null,
    primary key (schema_name, share)
);

-- Policies that somebody proposed and somebody else must approve of.
create table if not exists archive_catalog.api_proposals (
    proposal_id uuid primary key default gen_random_uuid(),
    schema_name text not null,
    literals jsonb not null,
    reason text,
    digest text not null,
    state text not null default 'open' check (state in ('open', 'approved', 'rejected')),
    proposed_by text not null,
    proposed_at timestamptz not null default now(),
    decided_by text,
    decided_at timestamptz,
    check (decided_by <> proposed_by)
);
alter table archive_catalog.api_proposals add column if not exists proposed_person text;

-- Who changed what through the service. Each row holds the digest of the one before; rows are never changed or taken
-- away, and a number that is missing is a row that somebody has taken away.
create table if not exists archive_catalog.api_audit (
    schema_name text not null,
    seq bigint not null,
    at timestamptz not null default now(),
    principal text not null,
    action text not null,
    details text not null,
    previous_sha256 text not null,
    sha256 text not null,
    primary key (schema_name, seq)
);
create or replace function archive_catalog.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog as $refuse$
begin
    raise exception 'archive_catalog.% is only ever added to', tg_table_name;
end
$refuse$;
create or replace trigger api_audit_is_only_added_to
before update or delete or truncate on archive_catalog.api_audit
for each statement execute function archive_catalog.refuse_change();

-- How much of each table was hot and cold, now and then.
create table if not exists archive_catalog.table_samples (
    schema_name text not null,
    table_name text not null,
    kind text not null,
    sampled_at timestamptz not null default now(),
    hot_rows bigint not null,
    hot_bytes bigint not null,
    cold_rows bigint not null,
    cold_bytes bigint not null,
    primary key (schema_name, table_name, kind, sampled_at)
);
-- Rows that were counted in hot_rows and in cold_rows; before there was this column they were missing in hot_rows.
alter table archive_catalog.table_samples
add column if not exists both_rows bigint not null default 0;

-- The keys under which payloads are sealed, wrapped by a master key that stands nowhere in the database. subject_digest
-- is a keyed digest; also_digests names others of whom the same records tell; scope says where a key of nobody is used.
-- stored_at: since when the key store holds the key too. A key is used only from then on.
create table if not exists archive_catalog.subject_keys (
    key_id uuid primary key default gen_random_uuid(),
    schema_name text not null,
    subject_digest text not null,
    master_key_id text not null,
    wrapped_key bytea,
    created_at timestamptz not null default now(),
    destroyed_at timestamptz
);
alter table archive_catalog.subject_keys drop constraint if exists subject_keys_schema_name_subject_digest_key;
alter table archive_catalog.subject_keys add column if not exists also_digests text[] not null default '{}';
alter table archive_catalog.subject_keys add column if not exists purpose text not null default 'subject'
check (purpose in ('subject', 'unknown', 'shared', 'digest', 'token'));
alter table archive_catalog.subject_keys drop constraint if exists subject_keys_purpose_check;
alter table archive_catalog.subject_keys add constraint subject_keys_purpose_check
check (purpose in ('subject', 'unknown', 'shared', 'digest', 'token'));
alter table archive_catalog.subject_keys add column if not exists scope text;
alter table archive_catalog.subject_keys add column if not exists bundle text;
alter table archive_catalog.subject_keys add column if not exists stored_at timestamptz;
alter table archive_catalog.subject_keys add column if not exists store_destroyed_at timestamptz;
create index if not exists subject_keys_digest on archive_catalog.subject_keys (schema_name, subject_digest);
create index if not exists subject_keys_also on archive_catalog.subject_keys using gin (also_digests);
create index if not exists subject_keys_bundle on archive_catalog.subject_keys (bundle);
create index if not exists subject_keys_purpose
on archive_catalog.subject_keys (schema_name, purpose) where purpose <> 'subject';

-- Under which key of tokens a table was archived, by what that key makes of one word. The lake says it too.
create table if not exists archive_catalog.token_keys (
    schema_name text not null,
    table_name text not null,
    fingerprint text not null,
    noted_at timestamptz not null default now(),
    primary key (schema_name, table_name, fingerprint)
);

-- Who was erased, by digest: what is in here never comes back. done notes each step, so that a step is never taken for
-- another's, however often an erasure is begun. token_digest is that of the token under which archives know the subject.
create table if not exists archive_catalog.erasures (
    erasure_id uuid primary key default gen_random_uuid(),
    schema_name text not null,
    subject_kind text not null,
    subject_digest text not null,
    token_digest text,
    state text not null default 'erasing' check (state in ('erasing', 'erased', 'lifted')),
    reason text,
    requested_at timestamptz not null default now(),
    requested_by text not null default current_user,
    done jsonb not null default '{}',
    finished_at timestamptz,
    certificate text,
    certificate_path text
);
create unique index if not exists erasures_one_per_subject
on archive_catalog.erasures (schema_name, subject_digest) where state <> 'lifted';

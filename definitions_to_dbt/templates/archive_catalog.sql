-- The tables of the archive's catalogue. A catalogue that stands is brought up by running this once more: a new column
-- is added by `alter table … add column if not exists` after its table, and never only inside `create table`.
-- Which lake this database archives a schema into. A clone of the database must not write into the same one.
create table if not exists archive_catalog.lakes (
    schema_name text primary key,
    lake_id uuid not null,
    system_identifier text not null,
    registered_at timestamptz not null default now()
);

-- A range of one table that moves as a whole. lo and hi are UTC instants, half-open.
create table if not exists archive_catalog.units (
    unit_id uuid primary key,
    schema_name text not null,
    table_name text not null,
    kind text not null check (kind in ('analytics', 'source')),
    lo timestamptz not null,
    hi timestamptz not null,
    part_day date not null,
    generation integer not null,
    state text not null default 'open'
    check (state in ('open', 'active', 'superseded', 'restored', 'purging', 'purged')),
    superseded_by uuid references archive_catalog.units,
    active_attempt uuid,
    row_count bigint,
    dropped_rows bigint not null default 0,
    created_at timestamptz not null default now(),
    active_from timestamptz,
    verified_at timestamptz,
    dropped_at timestamptz,
    check (lo < hi),
    unique (schema_name, table_name, kind, lo, hi, generation)
);
-- A unit put back into its table stays there until then; a unit to be purged keeps its files until then.
-- mode is how its rows left their table: delete, partition or chunk (dropped whole), mark (raw records), keep (none left).
alter table archive_catalog.units
add column if not exists mode text not null default 'delete',
add column if not exists keep_until timestamptz,
add column if not exists purge_not_before timestamptz;
create unique index if not exists units_one_open_per_slice
on archive_catalog.units (schema_name, table_name, kind, lo, hi) where state = 'open';
create index if not exists units_active
on archive_catalog.units (schema_name, table_name, kind, lo) where state = 'active';
-- Which of them reach into an interval: of years of days, without looking at every day.
create index if not exists units_active_span
on archive_catalog.units using gist (tstzrange(lo, hi)) where state = 'active';

-- One try to move a unit. The predicate is stored as written and used as written, from export to delete.
create table if not exists archive_catalog.attempts (
    attempt_id uuid primary key,
    unit_id uuid not null references archive_catalog.units,
    state text not null check (state in (
        'planned', 'prepared', 'active', 'superseded', 'restored', 'purging', 'purged',
        'abandoned', 'sweeping', 'swept'
    )),
    predicate text not null,
    fingerprint text not null,
    definition_hash text not null,
    policy_version integer,
    owner_key integer not null,
    tool_version text not null,
    server_version_num integer,
    snapshot text,
    wal_lsn pg_lsn,
    row_count bigint,
    digest_0 numeric,
    digest_1 numeric,
    content_sha256 text,
    manifest_path text,
    manifest_sha256 text,
    commit_xid xid8,
    reason text,
    created_at timestamptz not null default now(),
    prepared_at timestamptz,
    finished_at timestamptz
);
-- How this try is to take the rows away, and the partition or chunks it drops with them.
alter table archive_catalog.attempts
add column if not exists mode text not null default 'delete',
add column if not exists relations text[],
add column if not exists tuples_sum numeric,
add column if not exists tuples_xor bigint,
add column if not exists snapshot_xid xid8;
create unique index if not exists attempts_one_in_flight
on archive_catalog.attempts (unit_id) where state in ('planned', 'prepared');
create index if not exists attempts_unfinished
on archive_catalog.attempts (state) where state in ('planned', 'prepared', 'abandoned', 'sweeping');
create index if not exists attempts_unit on archive_catalog.attempts (unit_id);

-- One object in the lake. path is relative to ARCHIVE_URL; its name is never used again.
create table if not exists archive_catalog.files (
    path text primary key,
    attempt_id uuid not null references archive_catalog.attempts,
    unit_id uuid not null references archive_catalog.units,
    part_tenant text,
    part_day date not null,
    row_count bigint not null,
    byte_count bigint not null,
    sha256 text not null,
    content_sha256 text,
    first_time text,
    last_time text,
    etag text,
    verified_at timestamptz
);
-- Per column the number of nulls, of numbers and times the least and the greatest too, as in the manifest; and a digest
-- of the columns' names and types.
alter table archive_catalog.files
add column if not exists statistics jsonb,
add column if not exists shape text;
create index if not exists files_attempt on archive_catalog.files (attempt_id);

-- One row per table and kind. Whoever changes what counts locks it first.
create table if not exists archive_catalog.table_guards (
    schema_name text not null,
    table_name text not null,
    kind text not null check (kind in ('analytics', 'source')),
    last_commit_seq bigint not null default 0,
    last_record_sha256 text,
    rehearsed_fingerprint text,
    rehearsed_at timestamptz,
    primary key (schema_name, table_name, kind)
);
-- Placing or releasing a hold changes the row: a transaction with an older snapshot then fails instead of missing it.
alter table archive_catalog.table_guards add column if not exists holds_changed bigint not null default 0;

-- What became of units, in order. record is the text of the lake's commit record, byte for byte.
create table if not exists archive_catalog.commits (
    schema_name text not null,
    table_name text not null,
    kind text not null check (kind in ('analytics', 'source')),
    commit_seq bigint not null,
    unit_id uuid not null references archive_catalog.units,
    attempt_id uuid not null references archive_catalog.attempts,
    state text not null,
    manifest_sha256 text not null,
    previous_sha256 text,
    record_sha256 text not null,
    record text not null,
    committed_at timestamptz not null default now(),
    emitted_at timestamptz,
    primary key (schema_name, table_name, kind, commit_seq)
);
create index if not exists commits_not_emitted on archive_catalog.commits (schema_name) where emitted_at is null;

-- What ages, as versions that are never changed. table_name '*' is the default of a layer; policy 'null' gives a table
-- back to it. proposed_by: definitions, operator, or layer default (a note of what was in force when rows left).
create table if not exists archive_catalog.policies (
    schema_name text not null,
    table_name text not null,
    kind text not null check (kind in ('analytics', 'source')),
    version integer not null,
    policy jsonb not null,
    definition_hash text,
    proposed_by text not null default 'definitions',
    created_at timestamptz not null default now(),
    created_by text not null default current_user,
    reason text,
    primary key (schema_name, table_name, kind, version)
);
alter table archive_catalog.policies add column if not exists reason text;
alter table archive_catalog.policies alter column definition_hash drop not null;

create table if not exists archive_catalog.holds (
    hold_id uuid primary key default gen_random_uuid(),
    schema_name text not null,
    table_name text,
    kind text check (kind in ('analytics', 'source')),
    lo timestamptz,
    hi timestamptz,
    subject_digest text,
    reason text not null,
    placed_at timestamptz not null default now(),
    placed_by text not null default current_user,
    released_at timestamptz,
    released_by text
);

-- When the lake was told, so that a rebuilt catalogue knows the hold.
alter table archive_catalog.holds add column if not exists placed_mirrored_at timestamptz;
alter table archive_catalog.holds add column if not exists released_mirrored_at timestamptz;

create table if not exists archive_catalog.events (
    event_id bigint generated always as identity primary key,
    happened_at timestamptz not null default now(),
    event text not null,
    schema_name text,
    table_name text,
    kind text,
    unit_id uuid,
    attempt_id uuid,
    details jsonb not null default '{}'
);
create index if not exists events_of_table
on archive_catalog.events (schema_name, table_name, kind, event, event_id desc);

-- Who has stopped the archiving of a schema. Every run asks between units.
create table if not exists archive_catalog.pauses (
    pause_id bigint generated always as identity primary key,
    schema_name text not null,
    reason text,
    paused_at timestamptz not null default now(),
    paused_by text not null default current_user,
    resumed_at timestamptz,
    resumed_by text
);
create unique index if not exists pauses_one_in_force on archive_catalog.pauses (schema_name) where resumed_at is null;

{# The archive's catalogue. Comes with the tool: edit the tool, not this file. #}
{% macro create_archive_catalog() %}
-- The archive's catalogue: the truth about which files count. It lives beside the rows it speaks of, so that a
-- row's removal and its file's activation are one transaction. Safe to run at any time, by many at once: each part is
-- run once per text. Without a new text nothing is locked, and an older tool does not undo what a newer one has done.
select pg_catalog.pg_advisory_xact_lock(7305, 1);

do $install$
begin
    if to_regclass('archive_catalog.installed') is null then
        create schema if not exists archive_catalog;
        create table archive_catalog.installed (
            part text not null,
            sha256 text not null,
            installed_at timestamptz not null default now(),
            primary key (part, sha256)
        );
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'tables' and sha256 = 'f6825b2153c9ad5321e9a98185ed30f98dec1ad962c49a5c49db362931a66522'
    ) then
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

        insert into archive_catalog.installed (part, sha256) values ('tables', 'f6825b2153c9ad5321e9a98185ed30f98dec1ad962c49a5c49db362931a66522');
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'note_event' and sha256 = 'e545199d521f50451d6112f6b11250c28a5b553f1bedd615e63beb2db2d88fc6'
    ) then
        -- Writes an event down and tells whoever listens, both when the transaction commits. A notification holds less than
        -- 8,000 bytes: a longer one says where the whole is.
        create or replace function archive_catalog.note_event(
            event text, schema_name text, table_name text, kind text, unit_id uuid, attempt_id uuid, details jsonb
        )
        returns void
        language plpgsql
        set search_path = pg_catalog
        as $note$
        declare
            number bigint;
            message jsonb;
        begin
            insert into archive_catalog.events (event, schema_name, table_name, kind, unit_id, attempt_id, details)
            values (event, schema_name, table_name, kind, unit_id, attempt_id, details)
            returning event_id into number;
            message := jsonb_build_object(
                'event_id', number, 'event', event, 'at', now(), 'schema', schema_name, 'table', table_name, 'kind', kind,
                'unit', unit_id, 'attempt', attempt_id
            );
            if octet_length((message || details)::text) < 7900 then
                message := details || message;
            else
                message := message || jsonb_build_object('cut', true);
            end if;
            perform pg_notify('archive_events', message::text);
        end
        $note$;

        insert into archive_catalog.installed (part, sha256) values ('note_event', 'e545199d521f50451d6112f6b11250c28a5b553f1bedd615e63beb2db2d88fc6');
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'subjects' and sha256 = 'a2ae11f35dbc7b7df30c199863542895757ed60f287c26bf499ce9b005e3bca2'
    ) then
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

        insert into archive_catalog.installed (part, sha256) values ('subjects', 'a2ae11f35dbc7b7df30c199863542895757ed60f287c26bf499ce9b005e3bca2');
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'recalls' and sha256 = '366ad0bcb4b3ae56b86101a98b4938106752fe4327f9c55841ba6c53d4be40d7'
    ) then
        -- Checked copies of archived ranges, each in a schema of its own that goes when its time is over. They never count.
        create table if not exists archive_catalog.recalls (
            recall_id uuid primary key,
            schema_name text not null,
            table_name text not null,
            kind text not null check (kind in ('analytics', 'source')),
            recalled_schema text not null,
            lo timestamptz,
            hi timestamptz,
            units integer not null,
            row_count bigint not null,
            recalled_at timestamptz not null default now(),
            recalled_by text not null default current_user,
            expires_at timestamptz not null,
            dropped_at timestamptz,
            dropped_because text
        );
        -- A schema that a command needs for itself while it works: the next of its kind drops what one that died has left.
        alter table archive_catalog.recalls add column if not exists schema_oid oid;
        alter table archive_catalog.recalls add column if not exists is_scratch boolean not null default false;
        -- Lines of the ledgers of loads and batches that stand in the lake.
        create table if not exists archive_catalog.told_ledger (
            schema_name text not null,
            ledger text not null,
            line text not null,
            primary key (schema_name, ledger, line)
        );
        create unique index if not exists recalls_one_per_schema
        on archive_catalog.recalls (recalled_schema) where dropped_at is null;

        insert into archive_catalog.installed (part, sha256) values ('recalls', '366ad0bcb4b3ae56b86101a98b4938106752fe4327f9c55841ba6c53d4be40d7');
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'readable_files' and sha256 = 'a07df4b9918600d428bc642bf6f926d9e4be5dcad49099cdfcae92c6aab41167'
    ) then
        -- The files that count. Rows of a file that is also_hot stand in PostgreSQL too and count there: it is a copy.
        -- Others read this and nothing else. A new column comes last: the view is replaced, not made anew.
        create or replace view archive_catalog.readable_files as
        select
            unit.schema_name,
            unit.table_name,
            unit.kind,
            unit.unit_id,
            file.path,
            file.part_day,
            file.row_count as "rows",
            file.byte_count as "bytes",
            file.sha256,
            unit.lo,
            unit.hi,
            unit.active_from as known_from,
            unit.mode = 'keep' as also_hot,
            file.first_time,
            file.last_time,
            file.statistics,
            file.shape
        from archive_catalog.units as unit
        inner join archive_catalog.files as file on unit.active_attempt = file.attempt_id
        where unit.state = 'active';

        insert into archive_catalog.installed (part, sha256) values ('readable_files', 'a07df4b9918600d428bc642bf6f926d9e4be5dcad49099cdfcae92c6aab41167');
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'revisions' and sha256 = 'fd86cf4d27aecf37f8a8e859d8eb69ba8f19abc7e108c356a0a9875bd879ade6'
    ) then
        -- The number of the last change to each table's archive.
        create or replace view archive_catalog.revisions as
        select schema_name, table_name, kind, last_commit_seq as revision
        from archive_catalog.table_guards
        where last_commit_seq > 0;

        insert into archive_catalog.installed (part, sha256) values ('revisions', 'fd86cf4d27aecf37f8a8e859d8eb69ba8f19abc7e108c356a0a9875bd879ade6');
    end if;
    if not exists (
        select from archive_catalog.installed
        where part = 'service' and sha256 = '0499bfe9946876af0fb7577cd4d6dac9a86a56a1e5ef6edb97741d4790e269b7'
    ) then
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

        insert into archive_catalog.installed (part, sha256) values ('service', '0499bfe9946876af0fb7577cd4d6dac9a86a56a1e5ef6edb97741d4790e269b7');
    end if;end
$install$;

{% endmacro %}

{# What every object stands on. Comes with the tool: edit the tool, not this file. #}
{% macro create_platform(schema) %}
-- What every object of the platform stands on: the schema, its functions, and the ledgers of loads, batches and checks.
select pg_advisory_xact_lock(hashtextextended('platform:' || '{{ schema }}', 0));

create schema if not exists {{ schema }};

do $platform$
begin
    if to_regtype('{{ schema }}' || '.ingestion_mode') is null then
        create type {{ schema }}.ingestion_mode as enum ('batch', 'streaming');
    end if;
end
$platform$;

create table if not exists {{ schema }}.platform (
    only_one boolean primary key default true check (only_one),
    client text
);

create table if not exists {{ schema }}.ingestion_runs (
    id uuid primary key default gen_random_uuid(),

    tenant_id uuid,

    connector_id uuid,

    entity text not null,

    mode {{ schema }}.ingestion_mode not null default 'batch',

    status text not null,

    stats_json jsonb not null default '{}',

    source_file text,

    file_sha256 text,

    file_bytes bigint,

    started_at timestamptz not null default now(),

    finished_at timestamptz,

    unique (entity, file_sha256)
);

create table if not exists {{ schema }}.transform_batches (
    batch_id bigint generated always as identity primary key,

    table_name text not null,

    state text not null default 'open' check (state in ('open', 'closed')),

    claimed bigint not null default 0,

    loaded bigint,

    rejected bigint,

    superseded bigint,

    duplicate bigint,

    opened_at timestamptz not null default clock_timestamp(),

    closed_at timestamptz,

    definition_hash text,

    invocation_id text,

    taken_in_by text[] not null default '{}',

    highest_order bigint,

    profile jsonb,

    judged_at timestamptz,

    code jsonb not null default '{}',

    dbt_version text,

    replay_id uuid

);

create table if not exists {{ schema }}.transform_sql (
    sha256 text primary key,

    model text not null,

    sql text not null,

    first_run_at timestamptz not null default now()

);

create table if not exists {{ schema }}.cold_rows (
    table_name text not null,

    batch_id bigint not null,

    known jsonb not null

);

create table if not exists {{ schema }}.data_quality_results (
    check_id bigint generated always as identity primary key,

    rule_id text not null,

    checked_at timestamptz not null default clock_timestamp(),

    record_count bigint,

    failed_count bigint,

    success_rate numeric(9,6),

    sample_failures jsonb not null default '[]',

    table_name text,

    severity text,

    status text,

    observed numeric,

    checked_by text,

    batch_id bigint,

    invocation_id text

);

-- A database that an older version of the tool has made may lack columns of its ledgers.
create or replace function {{ schema }}.add_missing_columns(of_table text, columns jsonb) returns void
language plpgsql as $platform$
declare
    relation regclass := format('%I.%I', '{{ schema }}', of_table)::regclass;
    clauses text;
begin
    select string_agg(format('add column %I %s', missing.name, missing.definition), ', ') into clauses
    from jsonb_to_recordset(columns) as missing (name text, definition text)
    where not exists (
        select from pg_attribute where attrelid = relation and attname = missing.name and not attisdropped
    );
    if clauses is not null then
        execute format('alter table %s %s', relation, clauses);
    end if;
end
$platform$;

select {{ schema }}.add_missing_columns('ingestion_runs', $columns$[
    {"name": "id", "definition": "uuid primary key default gen_random_uuid()"},

    {"name": "tenant_id", "definition": "uuid"},

    {"name": "connector_id", "definition": "uuid"},

    {"name": "entity", "definition": "text not null"},

    {"name": "mode", "definition": "{{ schema }}.ingestion_mode not null default 'batch'"},

    {"name": "status", "definition": "text not null"},

    {"name": "stats_json", "definition": "jsonb not null default '{}'"},

    {"name": "source_file", "definition": "text"},

    {"name": "file_sha256", "definition": "text"},

    {"name": "file_bytes", "definition": "bigint"},

    {"name": "started_at", "definition": "timestamptz not null default now()"},

    {"name": "finished_at", "definition": "timestamptz"}

]$columns$);
select {{ schema }}.add_missing_columns('transform_batches', $columns$[
    {"name": "batch_id", "definition": "bigint generated always as identity primary key"},

    {"name": "table_name", "definition": "text not null"},

    {"name": "state", "definition": "text not null default 'open' check (state in ('open', 'closed'))"},

    {"name": "claimed", "definition": "bigint not null default 0"},

    {"name": "loaded", "definition": "bigint"},

    {"name": "rejected", "definition": "bigint"},

    {"name": "superseded", "definition": "bigint"},

    {"name": "duplicate", "definition": "bigint"},

    {"name": "opened_at", "definition": "timestamptz not null default clock_timestamp()"},

    {"name": "closed_at", "definition": "timestamptz"},

    {"name": "definition_hash", "definition": "text"},

    {"name": "invocation_id", "definition": "text"},

    {"name": "taken_in_by", "definition": "text[] not null default '{}'"},

    {"name": "highest_order", "definition": "bigint"},

    {"name": "profile", "definition": "jsonb"},

    {"name": "judged_at", "definition": "timestamptz"},

    {"name": "code", "definition": "jsonb not null default '{}'"},

    {"name": "dbt_version", "definition": "text"},

    {"name": "replay_id", "definition": "uuid"}

]$columns$);
select {{ schema }}.add_missing_columns('transform_sql', $columns$[
    {"name": "sha256", "definition": "text primary key"},

    {"name": "model", "definition": "text not null"},

    {"name": "sql", "definition": "text not null"},

    {"name": "first_run_at", "definition": "timestamptz not null default now()"}

]$columns$);
select {{ schema }}.add_missing_columns('cold_rows', $columns$[
    {"name": "table_name", "definition": "text not null"},

    {"name": "batch_id", "definition": "bigint not null"},

    {"name": "known", "definition": "jsonb not null"}

]$columns$);
select {{ schema }}.add_missing_columns('data_quality_results', $columns$[
    {"name": "check_id", "definition": "bigint generated always as identity primary key"},

    {"name": "rule_id", "definition": "text not null"},

    {"name": "checked_at", "definition": "timestamptz not null default clock_timestamp()"},

    {"name": "record_count", "definition": "bigint"},

    {"name": "failed_count", "definition": "bigint"},

    {"name": "success_rate", "definition": "numeric(9,6)"},

    {"name": "sample_failures", "definition": "jsonb not null default '[]'"},

    {"name": "table_name", "definition": "text"},

    {"name": "severity", "definition": "text"},

    {"name": "status", "definition": "text"},

    {"name": "observed", "definition": "numeric"},

    {"name": "checked_by", "definition": "text"},

    {"name": "batch_id", "definition": "bigint"},

    {"name": "invocation_id", "definition": "text"}

]$columns$);

create unique index if not exists transform_batches_one_open
on {{ schema }}.transform_batches (table_name) where state = 'open';

-- Declared immutable, which convert_to is not, because the server's encoding is UTF8 and never changes.
-- plpgsql, because an SQL function that is stricter than its body is not inlined, and slower then.
create or replace function {{ schema }}.record_sha256(raw_data json, raw_bytes bytea) returns text
language plpgsql immutable parallel safe as $platform$
begin
    return encode(sha256(coalesce(raw_bytes, convert_to(raw_data::text, 'UTF8'))), 'hex');
end
$platform$;

-- For the types whose input function raises where pg_input_is_valid should answer.
create or replace function {{ schema }}.input_is_valid(given text, type_name text) returns boolean
language plpgsql stable as $platform$
begin
    execute format('select %L::%s', given, type_name);
    return true;
exception when others then
    return false;
end
$platform$;

-- What a text in base64 holds, as JSON; null where it holds none.
create or replace function {{ schema }}.json_of_base64(given text) returns jsonb
language plpgsql stable as $platform$
begin
    return convert_from(decode(given, 'base64'), 'UTF8')::jsonb;
exception when others then
    return null;
end
$platform$;

create table if not exists {{ schema }}.token_key (
    only_one boolean primary key default true check (only_one),
    secret text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
insert into {{ schema }}.token_key default values on conflict do nothing;
revoke all on {{ schema }}.token_key from public;

-- The same value always gets the same token; without the key nobody gets from the token to the value. A token stays what
-- it is: a row that comes back from the archive has no more, and would be somebody else's under another one.
create or replace function {{ schema }}.tokenize(given text) returns text
language sql stable security definer set search_path = pg_catalog
return case
    when given ~ '^tok_[0-9a-f]{32}$' then given
    else 'tok_' || left(encode(sha256(convert_to((select secret from {{ schema }}.token_key) || given, 'UTF8')), 'hex'), 32)
end;

-- CREATE INDEX IF NOT EXISTS locks the table against writers also where the index exists: a run that starts would wait
-- for one that writes, and the two could wait for each other. One that is stated otherwise by now is made anew; one
-- that an older version of the tool has made, without a word on how, stays.
create or replace function {{ schema }}.ensure_index(name text, on_what text, is_unique boolean default false)
returns void language plpgsql as $platform$
declare
    mark text := 'sha256:' || encode(sha256(convert_to(on_what, 'UTF8')), 'hex');
    relation regclass := to_regclass(format('%I.%I', '{{ schema }}', name));
    made text := case when relation is null then name else 'anew_' || md5(name) end;
begin
    if relation is not null and coalesce(obj_description(relation, 'pg_class'), mark) = mark then
        return;
    end if;
    execute format(
        'create %s index if not exists %I on %s', case when is_unique then 'unique' else '' end, made, on_what
    );
    execute format('comment on index %I.%I is %L', '{{ schema }}', made, mark);
    -- Made beside the one before, which readers go on using: they wait only while the two change places.
    if relation is not null then
        perform {{ schema }}.lock_for_change(array[
            (select indrelid::regclass from pg_index where indexrelid = relation)
        ]);
        execute format('drop index %s', relation);
        execute format('alter index %I.%I rename to %I', '{{ schema }}', made, name);
    end if;
end
$platform$;

-- Create or replace a view only where its text has changed, so that readers are not locked out by every run, two runs
-- at once do not trip over each other, and views of others on it stay.
create or replace function {{ schema }}.ensure_view(name text, body text) returns void
language plpgsql as $platform$
declare
    mark text := 'sha256:' || encode(sha256(convert_to(body, 'UTF8')), 'hex');
    relation regclass;
    granted text;
    put_back text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('view:' || '{{ schema }}' || '.' || name, 0));
    relation := to_regclass(format('%I.%I', '{{ schema }}', name));
    if relation is not null and obj_description(relation, 'pg_class') = mark then
        return;
    end if;
    begin
        execute format('create or replace view %I.%I as %s', '{{ schema }}', name, body);
    exception when invalid_table_definition then -- other columns than before, or not at the end
        granted := {{ schema }}.said_of(relation);
        put_back := {{ schema }}.take_down_views(relation);
        execute format('drop view %s', relation);
        execute format('create view %I.%I as %s', '{{ schema }}', name, body) || granted;
        for position in 1 .. cardinality(put_back) loop
            execute put_back[position];
        end loop;
    end;
    execute format('comment on view %I.%I is %L', '{{ schema }}', name, mark);
end
$platform$;

-- Whoever may read a view needs to get into its schema first. Granted only where it is missing.
create or replace function {{ schema }}.let_readers_in(roles text[]) returns void
language plpgsql as $platform$
declare
    role text;
begin
    foreach role in array roles loop
        if not has_schema_privilege(role, '{{ schema }}', 'usage') then
            execute format('grant usage on schema %I to %I', '{{ schema }}', role);
        end if;
    end loop;
end
$platform$;

-- In a database that was made anew after a loss, records get numbers above those that are archived. Asked of a table that
-- never gave a number; landing would give the first ones twice.
create or replace function {{ schema }}.lift_raw_seq(relation text) returns void
language plpgsql as $platform$
declare
    numbers text := pg_get_serial_sequence(format('%I.%I', '{{ schema }}', relation), 'raw_seq');
    is_used boolean;
    highest bigint;
begin
    execute format('select is_called from %s', numbers) into is_used;
    if is_used or to_regclass('archive_catalog.units') is null then
        return;
    end if;
    select max((regexp_match(attempt.predicate, 'raw_seq between \d+ and (\d+)'))[1]::bigint) into highest
    from archive_catalog.units as unit
    inner join archive_catalog.attempts as attempt on unit.unit_id = attempt.unit_id
    where unit.schema_name = '{{ schema }}' and 'source_' || unit.table_name = relation and unit.kind = 'source';
    if highest is not null then
        perform setval(numbers, highest);
    end if;
end
$platform$;

-- The last step of a batch: every claimed record has exactly one outcome, or the transaction fails.
create or replace function {{ schema }}.close_batch(of_table text, of_batch bigint) returns void
language plpgsql as $platform$
declare
    counted record;
    expected bigint;
begin
    execute format(
        'select count(*) as claimed, count(*) filter (where outcome = ''loaded'') as loaded,
            count(*) filter (where outcome = ''rejected'') as rejected,
            count(*) filter (where outcome = ''superseded'') as superseded,
            count(*) filter (where outcome = ''duplicate'') as duplicate
        from %I.%I where batch_id = $1', '{{ schema }}', 'source_' || of_table)
    into counted using of_batch;
    select claimed into expected from {{ schema }}.transform_batches
    where batch_id = of_batch and table_name = of_table and state = 'open';
    if not found then
        return; -- another run closed it while this one waited
    end if;
    if counted.loaded + counted.rejected + counted.superseded + counted.duplicate is distinct from expected then
        raise exception 'batch % of % claimed % records, of which % loaded, % rejected, % superseded, % duplicate',
            of_batch, of_table, expected, counted.loaded, counted.rejected, counted.superseded, counted.duplicate
        using hint = 'Nothing was written. The batch stays open; the next dbt run takes it up again.';
    end if;
    update {{ schema }}.transform_batches
    set state = 'closed', closed_at = clock_timestamp(), loaded = counted.loaded, rejected = counted.rejected,
        superseded = counted.superseded, duplicate = counted.duplicate
    where batch_id = of_batch;
    delete from {{ schema }}.cold_rows where batch_id = of_batch;
end
$platform$;

-- Drop the views on a relation, deepest first, and return the statements that put them back as they were.
create or replace function {{ schema }}.take_down_views(relation regclass) returns text[]
language plpgsql as $platform$
declare
    dependent record;
    put_back text[] := '{}';
begin
    for dependent in
        with recursive views as (
            select distinct rewrite.ev_class as oid, 1 as depth
            from pg_depend inner join pg_rewrite as rewrite on rewrite.oid = pg_depend.objid
            where pg_depend.refobjid = relation and rewrite.ev_class <> relation
            union
            select rewrite.ev_class, views.depth + 1
            from views
            inner join pg_depend on pg_depend.refobjid = views.oid
            inner join pg_rewrite as rewrite on rewrite.oid = pg_depend.objid
            where rewrite.ev_class <> views.oid
        )
        select views.oid::regclass as name, pg_class.relkind, max(views.depth) as depth
        from views inner join pg_class on pg_class.oid = views.oid
        where pg_class.relkind in ('v', 'm')
        group by views.oid, pg_class.relkind order by 3 desc
    loop
        put_back := {{ schema }}.made_as(dependent.name) || put_back;
        execute format(
            'drop %s view %s', case dependent.relkind when 'm' then 'materialized' else '' end, dependent.name
        );
    end loop;
    return put_back;
end
$platform$;

-- What is lost besides when a view is dropped: comments, and who may do what with it. As statements.
create or replace function {{ schema }}.said_of(relation regclass) returns text
language sql stable as $platform$
    select coalesce((
        select string_agg(
            case when objsubid = 0
                then format('; comment on %s %s is %L', kind.word, relation, description)
                else format('; comment on column %s.%I is %L', relation, attname, description)
            end, ''
        )
        from pg_description
        left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
        where objoid = relation and classoid = 'pg_class'::regclass
    ), '')
    -- Who is granted every new relation by default may have been refused this one.
    || coalesce((
        select string_agg(
            distinct format(
                '; revoke all on %s from %s', relation,
                case granted.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(granted.grantee)) end
            ), ''
        )
        from pg_default_acl cross join aclexplode(defaclacl) as granted
        where defaclobjtype = 'r' and granted.grantee <> pg_class.relowner and pg_class.relacl is not null
    ), '')
    || coalesce((
        select string_agg(
            format(
                '; grant %s on %s to %s%s', granted.privilege_type, relation,
                case granted.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(granted.grantee)) end,
                case when granted.is_grantable then ' with grant option' else '' end
            ), ''
        )
        from aclexplode(pg_class.relacl) as granted
    ), '')
    || coalesce((
        select string_agg(
            format(
                '; grant %s (%I) on %s to %s', granted.privilege_type, attname, relation,
                case granted.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(granted.grantee)) end
            ), ''
        )
        from pg_attribute cross join aclexplode(attacl) as granted
        where attrelid = relation and not attisdropped
    ), '')
    from pg_class
    cross join lateral (select case relkind when 'm' then 'materialized view' else 'view' end as word) as kind
    where pg_class.oid = relation
$platform$;

-- The statements that make a view as it is: its query, options, owner, indexes, triggers, and what is said of it.
create or replace function {{ schema }}.made_as(relation regclass) returns text
language sql stable as $platform$
    select format(
        'create %s view %s%s as %s', case relkind when 'm' then 'materialized' else '' end, relation,
        coalesce(' with (' || array_to_string(reloptions, ', ') || ')', ''),
        rtrim(pg_get_viewdef(relation), '; ') || case when relkind = 'm' and not relispopulated then ' with no data' else '' end
    )
    || coalesce((select string_agg('; ' || pg_get_indexdef(indexrelid), '') from pg_index where indrelid = relation), '')
    || coalesce((
        select string_agg('; ' || pg_get_triggerdef(oid), '') from pg_trigger where tgrelid = relation and not tgisinternal
    ), '')
    || case
        when relowner <> current_user::regrole then format('; alter table %s owner to %s', relation, relowner::regrole)
        else ''
    end
    || {{ schema }}.said_of(relation)
    from pg_class where pg_class.oid = relation
$platform$;

-- What the tables of each object were made as: the catalogue cannot tell an event from an entity.
create table if not exists {{ schema }}.object_tables (
    table_name text primary key,
    kind text not null,
    time_column text,
    business_key text[] not null,
    noted_at timestamptz not null default now()
);

-- What a change of type means for the values that are there: identical, widening or breaking. The tool's one lattice.
create or replace function {{ schema }}.change_of(old_type text, new_type text, zone text) returns text
language plpgsql immutable as $platform$
declare
    old_base text := regexp_replace(old_type, '\([^)]*\)|\[\]', '', 'g');
    new_base text := regexp_replace(new_type, '\([^)]*\)|\[\]', '', 'g');
    old_size int[] := string_to_array(substring(old_type from '\((.*)\)'), ',')::int[];
    new_size int[] := string_to_array(substring(new_type from '\((.*)\)'), ',')::int[];
    step record;
begin
    if old_type = new_type then
        return 'identical';
    end if;
    select * into step
    from (values
        ('smallint', 'integer', 'always', null, true),
        ('smallint', 'bigint', 'always', null, true),
        ('integer', 'bigint', 'always', null, true),
        ('oid', 'bigint', 'always', null, true),
        ('smallint', 'numeric', 'whole', 5, true),
        ('integer', 'numeric', 'whole', 10, true),
        ('bigint', 'numeric', 'whole', 19, true),
        ('numeric', 'numeric', 'digits', null, true),
        ('smallint', 'real', 'always', null, true),
        ('smallint', 'double precision', 'always', null, true),
        ('integer', 'double precision', 'always', null, true),
        ('real', 'double precision', 'always', null, false),
        ('character varying', 'character varying', 'size', null, true),
        ('character varying', 'text', 'always', null, true),
        ('text', 'character varying', 'size', null, true),
        ('character', 'character', 'size', 1, false),
        ('character', 'character varying', 'size', 1, false),
        ('character', 'text', 'always', null, false),
        ('name', 'character varying', 'size', 63, true),
        ('name', 'text', 'always', null, true),
        ('bit', 'bit varying', 'size', 1, true),
        ('bit varying', 'bit varying', 'size', null, true),
        ('cidr', 'inet', 'always', null, true),
        ('date', 'timestamp without time zone', 'always', null, true),
        ('date', 'timestamp with time zone', 'zone', null, false),
        ('timestamp without time zone', 'timestamp without time zone', 'fraction', null, true),
        ('timestamp without time zone', 'timestamp with time zone', 'zone', null, false),
        ('timestamp with time zone', 'timestamp with time zone', 'fraction', null, true),
        ('time without time zone', 'time without time zone', 'fraction', null, true),
        ('time with time zone', 'time with time zone', 'fraction', null, true),
        ('interval', 'interval', 'fraction', null, true),
        ('vector', 'vector', 'size', null, true)
    ) as steps (narrow, wide, fit, number, in_arrays)
    where steps.narrow = old_base and steps.wide = new_base;
    if not found or (old_type like '%[]') <> (new_type like '%[]') or old_type like '%[]' and not step.in_arrays then
        return 'breaking';
    end if;
    return case
        when case step.fit
            when 'always' then true
            when 'size' then new_size is null or coalesce(old_size[1], step.number) <= new_size[1]
            when 'fraction' then coalesce(old_size[1], 6) <= coalesce(new_size[1], 6)
            when 'zone'
                then zone is not null
                and case old_base when 'date' then 0 else coalesce(old_size[1], 6) end <= coalesce(new_size[1], 6)
            when 'whole' then new_size is null or new_size[1] - new_size[2] >= step.number and new_size[2] >= 0
            when 'digits'
                then new_size is null
                or new_size[2] >= old_size[2] and new_size[1] - new_size[2] >= old_size[1] - old_size[2]
        end then 'widening'
        else 'breaking'
    end;
end
$platform$;

-- The type of a column as the catalogue writes it; null where there is none of that name.
create or replace function {{ schema }}.type_of(relation regclass, column_name text) returns text
language sql stable as $platform$
    select format_type(atttypid, atttypmod) from pg_attribute
    where attrelid = relation and attname = column_name and attnum > 0 and not attisdropped
$platform$;

-- The columns the platform itself adds, by the kind of table they stand in.
create or replace function {{ schema }}.platform_columns()
returns table (layer text, column_name text, column_type text, definition text)
language sql immutable as $platform$
    values
    ('layer2', '_raw_seq', 'bigint', 'bigint'),
    ('layer2', '_source_order', 'bigint', 'bigint'),
    ('layer2', '_deleted', 'boolean', 'boolean not null default false'),
    ('layer2', '_batch_id', 'bigint', 'bigint'),
    ('layer2', '_loaded_at', 'timestamp with time zone', 'timestamptz'),
    ('layer2', '_definition_version', 'integer', 'integer'),
    ('layer2', '_quality_issues', 'text[]', 'text[]'),
    ('layer2', '_quality_score', 'numeric(3,2)', 'numeric(3,2)'),
    ('versions', '_raw_seq', 'bigint', 'bigint'),
    ('versions', '_source_order', 'bigint', 'bigint'),
    ('versions', '_deleted', 'boolean', 'boolean not null default false'),
    ('versions', '_batch_id', 'bigint', 'bigint'),
    ('versions', '_loaded_at', 'timestamp with time zone', 'timestamptz'),
    ('versions', '_definition_version', 'integer', 'integer'),
    ('versions', '_quality_issues', 'text[]', 'text[]'),
    ('versions', '_quality_score', 'numeric(3,2)', 'numeric(3,2)'),
    ('versions', 'valid_from', 'timestamp with time zone', 'timestamptz'),
    ('versions', 'valid_to', 'timestamp with time zone', 'timestamptz'),
    ('versions', 'is_current', 'boolean', 'boolean not null default true'),
    ('versions', '_correlation_id', 'text', 'text'),
    ('rejected', '_raw_seq', 'bigint', 'bigint'),
    ('rejected', 'raw_id', 'text', 'text'),
    ('rejected', 'reasons', 'text[]', 'text[]'),
    ('rejected', 'ingested_at', 'timestamp with time zone', 'timestamptz'),
    ('rejected', '_batch_id', 'bigint', 'bigint'),
    ('rejected', '_rejected_at', 'timestamp with time zone', 'timestamptz'),
    ('rejected', '_definition_version', 'integer', 'integer'),
    ('source', 'raw_seq', 'bigint', 'bigint'),
    ('source', 'raw_id', 'text', 'text'),
    ('source', 'raw_data', 'json', 'json'),
    ('source', 'raw_bytes', 'bytea', 'bytea'),
    ('source', 'raw_sha256', 'text', 'text generated always as ({{ schema }}.record_sha256(raw_data, raw_bytes)) stored'),
    ('source', 'ingested_at', 'timestamp with time zone', 'timestamptz not null default now()'),
    ('source', 'source_system', 'text', 'text'),
    ('source', 'source_file', 'text', 'text'),
    ('source', 'run_id', 'uuid', 'uuid'),
    ('source', 'batch_id', 'bigint', 'bigint'),
    ('source', 'processed', 'boolean', 'boolean not null default false'),
    ('source', 'processed_at', 'timestamp with time zone', 'timestamptz'),
    ('source', 'outcome', 'text', 'text check (outcome in (''loaded'', ''rejected'', ''superseded'', ''duplicate''))'),
    ('source', 'outcome_raw_seq', 'bigint', 'bigint'),
    ('source', 'archived_in', 'uuid', 'uuid')
$platform$;

-- A raw table that an older version of the tool has made may lack columns, but not these two: without, it is others'.
create or replace function {{ schema }}.add_source_columns(of_table text) returns void
language plpgsql as $platform$
declare
    wanted record;
begin
    for wanted in
        select column_name, column_type from {{ schema }}.platform_columns()
        where layer = 'source' and column_name in ('raw_seq', 'raw_data')
    loop
        if {{ schema }}.type_of(format('%I.%I', '{{ schema }}', of_table)::regclass, wanted.column_name)
            is distinct from wanted.column_type
        then
            raise exception 'somebody else has made %: it has no % of type %',
                of_table, wanted.column_name, wanted.column_type
            using errcode = 'invalid_table_definition', hint = 'Nothing was changed. Rename that table.';
        end if;
    end loop;
    perform {{ schema }}.add_missing_columns(
        of_table, jsonb_agg(jsonb_build_object('name', added.column_name, 'definition', added.definition))
    )
    from {{ schema }}.platform_columns() as added
    where added.layer = 'source';
end
$platform$;

-- True where aged rows of an object are archived.
create or replace function {{ schema }}.is_archived(of_table text) returns boolean
language plpgsql stable as $platform$
declare
    answer boolean := false;
begin
    if to_regclass('archive_catalog.units') is not null then
        execute $units$
            select exists (
                select from archive_catalog.units
                where schema_name = $1 and table_name = $2 and kind = 'analytics' and state = 'active'
            )
        $units$ into answer using '{{ schema }}', of_table;
    end if;
    return answer;
end
$platform$;

-- True where rows of an object stand in its table, or stood there and are archived.
create or replace function {{ schema }}.has_rows(of_table text) returns boolean
language plpgsql stable as $platform$
declare
    answer boolean := false;
begin
    if to_regclass(format('%I.%I', '{{ schema }}', of_table)) is not null then
        execute format('select exists (select from %I.%I)', '{{ schema }}', of_table) into answer;
    end if;
    return answer or {{ schema }}.is_archived(of_table);
end
$platform$;

-- Every difference between the columns of an object's tables and its definition: a clause for ALTER TABLE (rename, add,
-- type, loosen, key), or the reason why there is no way (refuse). Reads; changes nothing.
create or replace function {{ schema }}.shape_changes(of_table text, shape jsonb)
returns table (on_table regclass, change text, subject text, says text)
language plpgsql stable as $platform$
declare
    part record;
    wanted record;
    former text;
    standing text;
begin
    for part in
        select to_regclass(format('%I.%I', '{{ schema }}', parts.name)) as relation, parts.layer
        from (values
            (of_table, 'layer2'), (of_table || '_versions', 'versions'), ('rejected_' || of_table, 'rejected')
        ) as parts (name, layer)
        where to_regclass(format('%I.%I', '{{ schema }}', parts.name)) is not null
    loop
        on_table := part.relation;
        for wanted in
            select
                declared.name, declared.type, declared.zone, declared.renamed_from, declared.type as definition,
                -- Only keys are required: a deleted object may keep nothing else. An event without a time is none.
                part.layer = 'layer2' and coalesce(
                    shape -> 'physical_key' ? declared.name or shape ->> 'time_column' = declared.name, false
                ) as is_required
            from jsonb_to_recordset(shape -> 'columns') as declared (name text, type text, zone text, renamed_from text)
            where part.layer <> 'rejected'
            union all
            select added.column_name, added.column_type, null, null, added.definition, true
            from {{ schema }}.platform_columns() as added
            where added.layer = part.layer
        loop
            subject := 'the column ' || wanted.name;
            standing := {{ schema }}.type_of(on_table, wanted.name);
            former := {{ schema }}.type_of(on_table, wanted.renamed_from);
            if former is not null and standing is not null then
                change := 'refuse';
                says := format('was renamed from %s, says the definition, but both stand there', wanted.renamed_from);
                return next;
                continue;
            elsif former is not null then
                change := 'rename';
                says := format('rename column %I to %I', wanted.renamed_from, wanted.name);
                return next;
                standing := former;
            elsif standing is null then
                change := 'add';
                says := format('add column %I %s', wanted.name, wanted.definition);
                return next;
                continue;
            end if;
            change := {{ schema }}.change_of(standing, wanted.type, wanted.zone);
            if change = 'breaking' then
                says := format('is %s, the definition says %s: ', standing, wanted.type) || case
                    when {{ schema }}.change_of(standing, wanted.type, 'UTC') = 'widening'
                        then 'it names no instant until the definition states its time_zone'
                    when {{ schema }}.change_of(wanted.type, standing, 'UTC') = 'widening'
                        or regexp_replace(standing, '\(.*\)', '') = regexp_replace(wanted.type, '\(.*\)', '')
                        then 'not every value of the first is one of the second'
                    else 'the two hold different things'
                end;
                change := 'refuse';
                return next;
            elsif change = 'widening' and {{ schema }}.is_cut_by(on_table, array[wanted.name, wanted.renamed_from]) then
                change := 'refuse';
                says := format('is %s, the definition says %s: the table is cut by it', standing, wanted.type);
                return next;
            elsif change = 'widening' and wanted.zone <> 'UTC' and {{ schema }}.is_archived(of_table)
                and wanted.type like 'timestamp%with time zone' and standing not like '%with time zone' then
                change := 'refuse';
                says := format('is %s, and archived files hold it without its zone %s', standing, wanted.zone);
                return next;
            elsif change = 'widening' then
                change := 'type';
                says := format('alter column %I type %s', wanted.name, wanted.type);
                if wanted.type like 'timestamp%with time zone' and standing not like '%with time zone' then
                    says := says || format(' using %I::timestamp at time zone %L', wanted.name, wanted.zone);
                end if;
                return next;
            end if;
            if not wanted.is_required and exists (
                select from pg_attribute where attrelid = on_table and attname in (wanted.name, wanted.renamed_from) and attnotnull
            ) then
                change := 'loosen';
                says := format('alter column %I drop not null', wanted.name);
                return next;
            end if;
        end loop;
    end loop;
end
$platform$;

-- True for a column by which the table is cut into partitions: PostgreSQL cannot change its type.
create or replace function {{ schema }}.is_cut_by(relation regclass, names text[]) returns boolean
language sql stable as $platform$
    select exists (
        select from pg_partitioned_table as cut
        inner join pg_attribute as attribute
            on attribute.attrelid = cut.partrelid and attribute.attnum = any(cut.partattrs::smallint[])
        where cut.partrelid = relation and attribute.attname = any(names)
    )
$platform$;

-- The same for what the rows of a table promise: its key, and what they were written as. No ALTER mends those.
create or replace function {{ schema }}.promise_changes(of_table text, shape jsonb)
returns table (on_table regclass, change text, subject text, says text)
language plpgsql stable as $platform$
declare
    noted {{ schema }}.object_tables;
    renames jsonb;
    wanted text[] := array(select jsonb_array_elements_text(shape -> 'physical_key'));
    standing text[];
    key_name text;
begin
    on_table := to_regclass(format('%I.%I', '{{ schema }}', of_table));
    if on_table is null then
        return;
    end if;
    select coalesce(jsonb_object_agg(declared.renamed_from, declared.name), '{}') into renames
    from jsonb_to_recordset(shape -> 'columns') as declared (name text, renamed_from text)
    where declared.renamed_from is not null;
    select pk.conname, array_agg(coalesce(renames ->> attribute.attname::text, attribute.attname) order by attribute.attnum)
    into key_name, standing
    from pg_constraint as pk
    inner join pg_attribute as attribute on attribute.attrelid = pk.conrelid and attribute.attnum = any(pk.conkey)
    where pk.conrelid = on_table and pk.contype = 'p'
    group by pk.conname;
    standing := coalesce(standing, '{}');
    if not (standing @> wanted and wanted @> standing) then
        subject := 'the key';
        if {{ schema }}.has_rows(of_table) then
            change := 'refuse';
            says := format(
                'is (%s), the definition says (%s): what was written under the first stays as it was',
                array_to_string(standing, ', '), array_to_string(wanted, ', ')
            );
        elsif {{ schema }}.layout_of(on_table) <> 'plain' then
            change := 'refuse';
            says := format(
                'is (%s), the definition says (%s), and the table is cut by time: it is empty, drop it',
                array_to_string(standing, ', '), array_to_string(wanted, ', ')
            );
        else
            change := 'key';
            says := concat_ws(
                ', ', 'drop constraint ' || quote_ident(key_name),
                format('add constraint %I primary key (', of_table || '_pkey')
                || (select string_agg(quote_ident(name), ', ') from unnest(wanted) as name) || ')'
            );
        end if;
        return next;
    end if;
    select * into noted from {{ schema }}.object_tables as objects where objects.table_name = of_table;
    if not found or not {{ schema }}.has_rows(of_table) then
        return;
    end if;
    change := 'refuse';
    for subject, says in
        select promise.subject, format(
            'was %s when its rows were written, the definition says %s',
            coalesce(promise.old, 'none'), coalesce(promise.new, 'none')
        )
        from (values
            ('the kind', noted.kind, shape ->> 'kind'),
            ('the time_column', coalesce(renames ->> noted.time_column, noted.time_column), shape ->> 'time_column'),
            ('the business key', (
                select string_agg(coalesce(renames ->> name, name), ', ' order by coalesce(renames ->> name, name))
                from unnest(noted.business_key) as name
            ), (
                select string_agg(name, ', ' order by name) from jsonb_array_elements_text(shape -> 'key') as name
            ))
        ) as promise (subject, old, new)
        where promise.old is distinct from promise.new
    loop
        return next;
    end loop;
end
$platform$;

-- Why the tables of an object cannot become what its definition says: all reasons as one message, or null.
create or replace function {{ schema }}.shape_problem(of_table text, shape jsonb) returns text
language sql stable as $platform$
    select format(
        E'%s cannot become what its definition says:\n%s\nNothing was changed: every row is as it was. Take the change back, or '
        'give what changes a new name in the definition, then run `definitions-to-dbt generate` and `dbt build`.',
        of_table, string_agg(reason.text, E'\n')
    )
    from (
        select format('  %s of %s %s', found.subject, string_agg(named.relname, ' and ' order by named.relname), found.says) as text
        from (
            select * from {{ schema }}.shape_changes(of_table, shape)
            union all
            select * from {{ schema }}.promise_changes(of_table, shape)
        ) as found
        inner join pg_class as named on named.oid = found.on_table
        where found.change = 'refuse'
        group by found.subject, found.says
        order by 1
    ) as reason
    having count(*) > 0
$platform$;

-- Take the locks that changing these tables needs, without ever waiting while holding one of them: whoever reads or
-- writes goes first, and nobody is killed as the victim of a deadlock.
create or replace function {{ schema }}.lock_for_change(relations regclass[]) returns void
language plpgsql as $platform$
declare
    patience interval := coalesce(nullif(current_setting('platform.lock_patience', true), ''), '5 minutes');
    before text := current_setting('lock_timeout');
begin
    loop
        begin
            perform set_config('lock_timeout', '200ms', true);
            execute format(
                'lock table %s in access exclusive mode', (select string_agg(name::text, ', ') from unnest(relations) as name)
            );
            perform set_config('lock_timeout', before, true);
            return;
        exception when lock_not_available then
            if clock_timestamp() > statement_timestamp() + patience then
                raise exception '% is in use by other sessions and cannot be changed meanwhile', relations[1]
                using hint = 'Nothing was changed. Run it again when they are done; pg_locks shows who they are.';
            end if;
        end;
        perform pg_sleep(0.05);
    end loop;
end
$platform$;

-- Bring the tables of an object to the shape its definition states: all of it, or nothing and one message.
-- Views on a table are taken down for a change of type and put back in the same transaction.
create or replace function {{ schema }}.ensure_shape(of_table text, shape jsonb) returns void
language plpgsql as $platform$
declare
    problem text;
    step record;
    put_back text[] := '{}';
begin
    if exists (
        select from {{ schema }}.shape_changes(of_table, shape) union all
        select from {{ schema }}.promise_changes(of_table, shape)
    ) then
        problem := {{ schema }}.shape_problem(of_table, shape);
        if problem is not null then
            raise exception '%', problem;
        end if;
        perform {{ schema }}.lock_for_change(array(
            select to_regclass(format('%I.%I', '{{ schema }}', name))
            from unnest(array['rejected_' || of_table, of_table || '_versions', of_table]) as name
            where to_regclass(format('%I.%I', '{{ schema }}', name)) is not null
        ));
        -- Renamed in the platform's own views too, so that whoever reads those is led along.
        for step in
            select relation.name, changes.says
            from {{ schema }}.shape_changes(of_table, shape) as changes
            cross join lateral (
                select changes.on_table as name
                union all
                select to_regclass(format('%I.%I', '{{ schema }}', view_name))
                from unnest(array[of_table || '_read', of_table || '__lake', 'history_' || of_table]) as view_name
                where changes.on_table = to_regclass(format('%I.%I', '{{ schema }}', of_table))
            ) as relation
            inner join jsonb_to_recordset(shape -> 'columns') as declared (name text, renamed_from text)
                on changes.subject = 'the column ' || declared.name
            where changes.change = 'rename' and {{ schema }}.type_of(relation.name, declared.renamed_from) is not null
        loop
            execute format('alter table %s %s', step.name, step.says);
        end loop;
        for step in
            with altered as (
                select distinct changes.on_table as oid from {{ schema }}.shape_changes(of_table, shape) as changes
                where changes.change = 'type'
            )
            select oid as name from altered
            union all
            select inhrelid::regclass from pg_inherits where inhparent in (select oid from altered)
        loop
            put_back := {{ schema }}.take_down_views(step.name) || put_back;
        end loop;
        for step in
            select changes.on_table as name, string_agg(changes.says, ', ' order by changes.change <> 'key') as clauses
            from (
                select * from {{ schema }}.shape_changes(of_table, shape)
                union all
                select * from {{ schema }}.promise_changes(of_table, shape)
            ) as changes
            group by changes.on_table
        loop
            execute format('alter table %s %s', step.name, step.clauses);
        end loop;
        for position in 1 .. cardinality(put_back) loop
            execute put_back[position];
        end loop;
    end if;
    if not exists (
        select from {{ schema }}.object_tables as noted
        where noted.table_name = of_table and noted.kind = shape ->> 'kind'
            and noted.time_column is not distinct from shape ->> 'time_column'
            and to_jsonb(noted.business_key) = shape -> 'key'
    ) then
        insert into {{ schema }}.object_tables (table_name, kind, time_column, business_key)
        values (
            of_table, shape ->> 'kind', shape ->> 'time_column', array(select jsonb_array_elements_text(shape -> 'key'))
        )
        on conflict (table_name) do update
        set kind = excluded.kind, time_column = excluded.time_column, business_key = excluded.business_key, noted_at = now();
    end if;
end
$platform$;

-- How a table's rows are laid out: hypertable, partitions or plain.
create or replace function {{ schema }}.layout_of(relation regclass) returns text
language plpgsql stable as $platform$
declare
    is_hypertable boolean := false;
begin
    if to_regclass('timescaledb_information.hypertables') is not null then
        execute $hypertables$
            select exists (
                select from timescaledb_information.hypertables
                where format('%I.%I', hypertable_schema, hypertable_name)::regclass = $1
            )
        $hypertables$ into is_hypertable using relation;
    end if;
    return case
        when is_hypertable then 'hypertable'
        when (select relkind from pg_class where oid = relation) = 'p' then 'partitions'
        else 'plain'
    end;
end
$platform$;

-- Where the layout that a definition asks for cannot be had, or is not the one that stands: why. Null where all is well.
create or replace function {{ schema }}.layout_problem(of_table text, layout text) returns text
language sql stable as $platform$
    select format(
        '%s asks for a hypertable, but this database has no TimescaleDB. Nothing was changed. Run `create extension '
        'timescaledb`, or state the layout auto or partitions, and run `dbt build` again.', of_table
    )
    where layout = 'hypertable' and to_regclass(format('%I.%I', '{{ schema }}', of_table)) is null
        and not exists (select from pg_extension where extname = 'timescaledb')
$platform$;

create or replace function {{ schema }}.layout_note(of_table text, layout text) returns text
language sql stable as $platform$
    select format(
        '%s stays %s: the definition says %s, but a table that stands is never moved over by itself', of_table,
        case standing.layout
            when 'plain' then 'a plain table' when 'partitions' then 'natively partitioned' else 'a hypertable'
        end, layout_note.layout
    )
    from (select {{ schema }}.layout_of(to_regclass(format('%I.%I', '{{ schema }}', of_table))) as layout) as standing
    where to_regclass(format('%I.%I', '{{ schema }}', of_table)) is not null
        and standing.layout <> layout_note.layout and not (layout_note.layout = 'auto' and standing.layout <> 'plain')
$platform$;

-- Make the table of an event: cut by time where that is asked for and can be had. A table that stands is left alone.
-- A hypertable takes no row without a time, so it is one only where each row has one.
create or replace function {{ schema }}.make_event_table(
    of_table text, layout text, time_column text, span text, every_row_has_a_time boolean, body text
)
returns void language plpgsql as $platform$
declare
    cut text := layout;
    home text := (
        select quote_ident(nspname) from pg_extension inner join pg_namespace on pg_namespace.oid = extnamespace
        where extname = 'timescaledb'
    );
begin
    if to_regclass(format('%I.%I', '{{ schema }}', of_table)) is not null then
        return;
    elsif layout = 'auto' then
        cut := case when home is not null and every_row_has_a_time then 'hypertable' else 'partitions' end;
    end if;
    execute format('create table %I.%I (%s)', '{{ schema }}', of_table, body)
        || case cut when 'partitions' then format(' partition by range (%I)', time_column) else '' end;
    if cut = 'partitions' then
        -- For what stands in no month: infinity, years that cannot be meant, rows without a time.
        execute format(
            'create table %I.%I partition of %I.%I default', '{{ schema }}', of_table || '_p_other', '{{ schema }}', of_table
        );
    elsif cut = 'hypertable' then
        execute format(
            'select %s.create_hypertable(%L::regclass, %s.by_range(%L, interval %L), create_default_indexes => false)',
            home, format('%I.%I', '{{ schema }}', of_table), home, time_column, span
        );
    end if;
end
$platform$;

-- Make the partitions that are not there yet: those of now and `ahead` more, and those of the times that are on their way
-- in. Rows never depend on it: what has no partition of its own goes into the one for all others, and stays there. So
-- nothing is waited for long, and times all over the calendar, as one wrong unit makes them, do not fill the catalogue.
create or replace function {{ schema }}.make_partitions(of_table text, span text, ahead integer, times timestamp[] default '{}')
returns void language plpgsql as $platform$
declare
    most_at_once constant integer := 120;
    most constant integer := 1000;
    parent regclass := to_regclass(format('%I.%I', '{{ schema }}', of_table));
    other regclass := to_regclass(format('%I.%I', '{{ schema }}', of_table || '_p_other'));
    unit text := split_part(span, ' ', 2);
    today timestamp := date_trunc(split_part(span, ' ', 2), now() at time zone 'UTC');
    zone text;
    cut_by text;
    wanted record;
    is_taken boolean;
begin
    select attname, case when atttypid = 'timestamptz'::regtype then '+00' else '' end into cut_by, zone
    from pg_partitioned_table inner join pg_attribute on attrelid = partrelid and attnum = partattrs[0]
    where partrelid = parent;
    if cut_by is null or other is null then
        return;
    end if;
    for wanted in
        select lo, lo + span::interval as hi, format(
            '%s_p%s', of_table, to_char(lo, case unit when 'month' then 'YYYY_MM' when 'year' then 'YYYY' else 'YYYY_MM_DD' end)
        ) as name
        from (
            select today + place * span::interval as lo from generate_series(0, ahead) as place
            union
            select date_trunc(unit, moment) from unnest(times) as moment
            where moment >= '1970-01-01' and moment < now() + interval '10 years'
        ) as starts
        where to_regclass(format(
            '%I.%I', '{{ schema }}', of_table || '_p'
            || to_char(lo, case unit when 'month' then 'YYYY_MM' when 'year' then 'YYYY' else 'YYYY_MM_DD' end)
        )) is null
        order by abs(extract(epoch from lo - today))
        limit least(most_at_once, most - (select count(*) from pg_inherits where inhparent = parent))
    loop
        begin
            perform set_config('lock_timeout', '200ms', true);
            -- Nobody is to be in the midst of writing: a row that was on its way into the one for all others when its
            -- month was made is refused by PostgreSQL ("violates partition constraint"). Who only reads goes on.
            execute format('lock table only %s in share row exclusive mode', parent);
            execute format('lock table only %s in access exclusive mode', other);
            execute format(
                'select exists (select from %s where %I >= %L and %I < %L)',
                other, cut_by, wanted.lo || zone, cut_by, wanted.hi || zone
            ) into is_taken;
            if not is_taken then
                execute format(
                    'create table %I.%I (like %s including defaults including constraints including storage)',
                    '{{ schema }}', wanted.name, parent
                );
                execute format(
                    'alter table %s attach partition %I.%I for values from (%L) to (%L)',
                    parent, '{{ schema }}', wanted.name, wanted.lo || zone, wanted.hi || zone
                );
            end if;
            perform set_config('lock_timeout', '0', true);
        exception
            when lock_not_available then
                return; -- somebody reads or writes: next time
            when invalid_object_definition then
                null; -- a part of it is there under another span
            when duplicate_table then
                null; -- another run has made it meanwhile
        end;
    end loop;
end
$platform$;

-- The same for the records of the open batch, before they are written. Reads nothing but their times.
create or replace function {{ schema }}.make_partitions_for(of_table text, span text, staging text) returns void
language plpgsql as $platform$
declare
    parent regclass := to_regclass(format('%I.%I', '{{ schema }}', of_table));
    times timestamp[];
    moment text;
begin
    select format(case when atttypid = 'timestamptz'::regtype then '%I at time zone ''UTC''' else '%I::timestamp' end, attname)
    into moment
    from pg_partitioned_table inner join pg_attribute on attrelid = partrelid and attnum = partattrs[0]
    where partrelid = parent;
    if moment is null then
        return;
    end if;
    execute format(
        'select array(select distinct date_trunc(%L, %s) from %s where _batch_id = (
            select batch_id from %I.transform_batches where table_name = %L and state = ''open''
        ))', split_part(span, ' ', 2), moment, staging, '{{ schema }}', of_table
    ) into times;
    perform {{ schema }}.make_partitions(of_table, span, 0, times);
end
$platform$;

-- True; an error where a partition or chunk of the table was dropped after the snapshot of the query began. Its rows are
-- in no snapshot any more, and a reader whose list of archived files is of that snapshot would find them nowhere.
-- The same where the table was written anew since, as when a column is widened: to an older snapshot it is empty; and
-- where a chunk was compressed or decompressed since: TimescaleDB looks for its rows where they are now.
-- pg_inherits, pg_class and TimescaleDB's tables are read as of the snapshot; has_table_privilege(), null for what is
-- gone, pg_relation_filenode() and chunk_status() look at what there is now.
create or replace function {{ schema }}.has_all_its_parts(of_table text) returns boolean
language plpgsql stable as $platform$
declare
    is_moved boolean := false;
begin
    if exists (
        select from pg_catalog.pg_inherits as part
        where part.inhparent = to_regclass(format('%I.%I', '{{ schema }}', of_table))
            and has_table_privilege(part.inhrelid, 'select') is null
    ) then
        raise exception 'a part of % was dropped after this query began; its rows are in the archive now', of_table
        using errcode = 'serialization_failure', hint = 'Nothing is wrong with the data. Run the query again.';
    end if;
    if not exists (
        select from pg_catalog.pg_class as relation where relation.oid = to_regclass(format('%I.%I', '{{ schema }}', of_table))
    ) then
        raise exception '% was put in another table''s place after this query began, which would not find its rows', of_table
        using errcode = 'serialization_failure', hint = 'Nothing is wrong with the data. Run the query again.';
    end if;
    if exists (
        with whole as (select to_regclass(format('%I.%I', '{{ schema }}', of_table))::oid as relid)
        select from pg_catalog.pg_class as relation
        where relation.oid in (
                select relid from whole
                union all
                select part.inhrelid from pg_catalog.pg_inherits as part where part.inhparent = (select relid from whole)
            )
            and relation.relfilenode <> 0
            and relation.relfilenode is distinct from pg_relation_filenode(relation.oid)
    ) then
        raise exception '% was written anew after this query began, which would not find its rows', of_table
        using errcode = 'serialization_failure', hint = 'Nothing is wrong with the data. Run the query again.';
    end if;
    -- The catalogue of TimescaleDB 2.29; an older one does not tell.
    if exists (
        select from pg_catalog.pg_attribute
        where attrelid = to_regclass('_timescaledb_catalog.chunk') and attname = 'relid'
    ) then
        -- 1 is compressed, 8 has rows besides. Where rows came besides since, both places are looked at, which is right.
        execute $chunks$
            select exists (
                select from pg_catalog.pg_inherits as part
                inner join _timescaledb_catalog.chunk as was on was.relid = part.inhrelid
                cross join lateral (select _timescaledb_functions.chunk_status(was.relid) as status) as is_now
                where part.inhparent = to_regclass($1)
                    and (
                        was.status & 1 <> is_now.status & 1
                        or was.status & 8 > is_now.status & 8
                        or exists (
                            select from _timescaledb_catalog.compression_settings as settings
                            where settings.relid = was.relid and settings.compress_relid is not null
                                and has_table_privilege(settings.compress_relid, 'select') is null
                        )
                    )
            )
        $chunks$ into is_moved using format('%I.%I', '{{ schema }}', of_table);
    end if;
    if is_moved then
        raise exception 'a chunk of % was compressed or decompressed after this query began, which might not find its rows',
            of_table
        using errcode = 'serialization_failure', hint = 'Nothing is wrong with the data. Run the query again.';
    end if;
    return true;
end
$platform$;

-- The same as rows of the table, of which there are never any: a branch of a view that is looked at whatever is asked. A
-- condition would not be: of a hypertable whose chunks are all gone PostgreSQL knows that it has no row to try it on.
create or replace function {{ schema }}.missing_parts(of_table text, of_row anyelement) returns setof anyelement
language plpgsql stable rows 1 as $platform$
begin
    perform {{ schema }}.has_all_its_parts(of_table);
end
$platform$;

-- True where PostgreSQL holds each row that a table ever had, an error once some are in the archive alone: it cannot
-- read those, and a sum without them is a wrong one. Who may read the view need not be let into the catalogue.
create or replace function {{ schema }}.has_every_row(of_table text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog as $platform$
declare
    cold bigint;
begin
    if to_regclass('archive_catalog.readable_files') is null then
        raise exception 'history_% cannot be told: the archive''s catalogue is not there', of_table
        using hint = 'Make it again: archive-jobs catalog rebuild.';
    end if;
    select sum(files.rows) into cold
    from archive_catalog.readable_files as files
    where files.schema_name = '{{ schema }}' and files.table_name = of_table
        and files.kind = 'analytics' and not files.also_hot;
    if cold > 0 then
        raise exception '% rows of % are in the archive, which PostgreSQL cannot read', cold, of_table
        using hint = format(
            'Ask DuckDB: archive-jobs sql "select count(*) from history_%1$s", or DBT_DEFAULT_TARGET=duckdb for dbt and mf.'
            ' What is still here: %1$s_read.', of_table
        );
    end if;
    return true;
end
$platform$;

-- The same as rows of the table, of which there are never any, for the reason that missing_parts has. Looks at the parts
-- too: to a snapshot that is older than an archiver's commit no row has left, and those of a dropped part are nowhere.
create or replace function {{ schema }}.missing_rows(of_table text, of_row anyelement) returns setof anyelement
language plpgsql stable rows 1 as $platform$
begin
    perform {{ schema }}.has_every_row(of_table), {{ schema }}.has_all_its_parts(of_table);
end
$platform$;

-- What an object was called before. Who still has the definition of then is told so, and not that there are no rows.
create table if not exists {{ schema }}.former_names (
    name text primary key,
    table_name text not null
);

-- Why an object cannot take the place of the one it was renamed from. Null where it can, or has already.
-- Null where the object never had another name.
create or replace function {{ schema }}.rename_problem(of_table text, former text) returns text
language plpgsql stable strict as $platform$
begin
    if former is null then
        return null;
    elsif to_regclass(format('%I.%I', '{{ schema }}', former)) is null
        or to_regclass(format('%I.%I', '{{ schema }}', of_table)) is null then
        return null;
    end if;
    return format(
        '%s was renamed from %s, says the definition, but both stand there. Nothing was changed. Look which of them holds '
        'the rows, rename or drop the other by hand, or take renamed_from out, and run `dbt build` again.', of_table, former
    );
end
$platform$;

-- What the archive's catalogue knows of the old name it knows of the new one from then on. Without the tables too: a
-- catalogue that was made again from the lake knows the name that the last commit record was written under.
create or replace function {{ schema }}.rename_in_archive(of_table text, former text) returns void
language plpgsql as $platform$
declare
    ledger regclass;
begin
    if not coalesce(has_table_privilege(to_regclass('archive_catalog.table_guards'), 'select'), false) then
        return;
    elsif not exists (
        select from archive_catalog.table_guards as guard
        where guard.schema_name = '{{ schema }}' and guard.table_name = former
    ) then
        return;
    end if;
    for ledger in
        select to_regclass('archive_catalog.' || name)
        from unnest(array[
            'table_guards', 'units', 'commits', 'policies', 'holds', 'events', 'recalls', 'token_keys', 'table_samples'
        ]) as name
        where to_regclass('archive_catalog.' || name) is not null
    loop
        execute format('update %s set table_name = $1 where schema_name = $2 and table_name = $3', ledger)
        using of_table, '{{ schema }}', former;
    end loop;
end
$platform$;

-- Rename all that belongs to an object: its tables and views, and their partitions, indexes and sequences. What the
-- ledgers and the archive's catalogue know of the old name they know of the new one from then on; files stay where
-- they are, and the chain of commit records goes on.
create or replace function {{ schema }}.rename_object(of_table text, former text) returns void
language plpgsql as $platform$
declare
    problem text := {{ schema }}.rename_problem(of_table, former);
    own oid[];
    part record;
begin
    if problem is not null then
        raise exception '%', problem;
    end if;
    update {{ schema }}.former_names set table_name = of_table where table_name = former;
    insert into {{ schema }}.former_names as known (name, table_name) values (former, of_table)
    on conflict (name) do update set table_name = excluded.table_name where known.table_name <> excluded.table_name;
    if to_regclass(format('%I.%I', '{{ schema }}', former)) is null then
        perform {{ schema }}.rename_in_archive(of_table, former);
        return;
    end if;
    own := array(
        select to_regclass(format('%I.%I', '{{ schema }}', name))::oid
        from unnest(array[
            'source_' || former, 'rejected_' || former, former || '_versions', former,
            former || '_read', 'history_' || former, former || '__lake', 'source_' || former || '__lake'
        ]) as name
        where to_regclass(format('%I.%I', '{{ schema }}', name)) is not null
    );
    perform {{ schema }}.lock_for_change(array(
        select oid::regclass from pg_class where oid = any(own) and relkind in ('r', 'p')
    ));
    for part in
        with relations as (
            select unnest(own) as oid
            union
            select inhrelid from pg_inherits where inhparent = any(own)
        )
        select named.oid::regclass as name, named.relkind, named.relname,
            regexp_replace(named.relname, '^(ix_|idx_|source_|rejected_|history_)?' || former || '(_|$)', '\1' || of_table || '\2') as renamed
        from pg_class as named
        where named.relnamespace = '{{ schema }}'::regnamespace and (
            named.oid in (select oid from relations)
            or named.oid in (select indexrelid from pg_index where indrelid in (select oid from relations))
            or named.relkind = 'S' and named.oid in (
                select objid from pg_depend where deptype = 'i' and refobjid in (select oid from relations)
            )
        )
    loop
        if part.renamed <> part.relname then
            execute format(
                'alter %s %s rename to %I',
                case part.relkind when 'v' then 'view' when 'i' then 'index' when 'I' then 'index' when 'S' then 'sequence' else 'table' end,
                part.name, part.renamed
            );
        end if;
    end loop;
    update {{ schema }}.transform_batches set table_name = of_table where table_name = former;
    update {{ schema }}.cold_rows set table_name = of_table where table_name = former;
    update {{ schema }}.object_tables set table_name = of_table where table_name = former;
    perform {{ schema }}.rename_in_archive(of_table, former);
end
$platform$;
select {{ schema }}.ensure_index(
    'data_quality_results_by_rule', '{{ schema }}.data_quality_results (rule_id, checked_at)'
);

-- The rule whose words these are; null where there is none, or `dbt seed` has not brought the rules yet.
create or replace function {{ schema }}.rule_by_message(of_table text, said text) returns text
language plpgsql stable as $platform$
declare
    found_id text;
begin
    if said is not null and to_regclass(format('%I.%I', '{{ schema }}', 'data_quality_rules')) is not null then
        select rule_id into found_id
        from {{ schema }}.data_quality_rules
        where table_name = of_table and message = said
        limit 1;
    end if;
    return found_id;
end
$platform$;

-- What the closed batches were like, written as one result per rule that judges records. Each batch is told once: by the
-- run that closed it, or by the next where that one died before its end. Without the rules, which `dbt seed` brings, the
-- batches wait.
create or replace function {{ schema }}.note_batches(invocation text) returns bigint
language plpgsql as $platform$
declare
    noted bigint;
begin
    if to_regclass(format('%I.%I', '{{ schema }}', 'data_quality_rules')) is null then
        return 0;
    end if;
    with pending as materialized (
        update {{ schema }}.transform_batches as batch
        set judged_at = clock_timestamp()
        where batch.batch_id in (
            select waiting.batch_id
            from {{ schema }}.transform_batches as waiting
            where waiting.state = 'closed' and waiting.profile is not null and waiting.judged_at is null
            for update skip locked
        )
        returning batch.*
    ),

    rules as (
        select rule.*
        from {{ schema }}.data_quality_rules as rule
        where rule.checked_on = 'record' and rule.is_active
    ),

    -- A reason in words that no rule uses is a fault of its column's text, or of the whole record.
    told as (
        select
            pending.batch_id,
            coalesce(
                exact.rule_id,
                typed.rule_id,
                pending.table_name || '.readable'
            ) as rule_id,
            (said.value ->> 'records')::bigint as records,
            said.value -> 'samples' as samples
        from pending
        cross join lateral (
            select * from jsonb_each(pending.profile -> 'reasons')
            union all
            select * from jsonb_each(pending.profile -> 'issues')
        ) as said
        left join rules as exact
            on pending.table_name = exact.table_name and said.key = exact.message
        left join rules as typed
            on pending.table_name = typed.table_name and typed.rule_type = 'TYPE'
            and split_part(said.key, ':', 1) = typed.column_name
    ),

    failures as (
        select
            batch_id,
            rule_id,
            sum(records) as records,
            jsonb_agg(samples) -> 0 as samples
        from told
        group by batch_id, rule_id
    ),

    counted as (
        select
            rules.rule_id,
            rules.table_name,
            rules.severity,
            pending.batch_id,
            pending.closed_at,
            case when rules.severity = 'ERROR' then pending.claimed else pending.loaded end as record_count,
            coalesce(failures.records, 0) as failed_count,
            coalesce(failures.samples, '[]') as samples
        from pending
        inner join rules on pending.table_name = rules.table_name
        left join failures on pending.batch_id = failures.batch_id and rules.rule_id = failures.rule_id
    )

    insert into {{ schema }}.data_quality_results (
        rule_id, checked_at, record_count, failed_count, success_rate, sample_failures,
        table_name, severity, status, checked_by, batch_id, invocation_id
    )
    select
        rule_id,
        closed_at,
        record_count,
        failed_count,
        1 - failed_count::numeric / nullif(record_count, 0),
        samples,
        table_name,
        severity,
        case
            when failed_count = 0 then 'pass'
            when severity = 'ERROR' then 'rejected'
            when severity = 'WARNING' then 'flagged'
            else 'counted'
        end,
        'batch',
        batch_id,
        invocation
    from counted
    order by batch_id, rule_id;
    get diagnostics noted = row_count;
    return noted;
end
$platform$;

-- Rows that are still in PostgreSQL though their retention has been over for a day or more: of each table and kind how
-- many, and of when the oldest is. Left out is what waits as it should: for the rest of its month, year or partition,
-- under a hold, until the time for which it was restored, or for ever, where nothing is dropped.
create or replace function {{ schema }}.count_past_retention()
returns table (table_name text, archive_kind text, row_count bigint, oldest_at timestamptz)
language plpgsql stable as $platform$
declare
    aged record;
    cutoff timestamptz;
    is_instant boolean;
    counted text;
begin
    if not coalesce(has_table_privilege(to_regclass('archive_catalog.policies'), 'select'), false) then
        return;
    end if;
    for aged in
        with latest as (
            select distinct on (versions.table_name, versions.kind) versions.table_name, versions.kind,
                nullif(versions.policy, 'null'::jsonb) as policy
            from archive_catalog.policies as versions
            where versions.schema_name = '{{ schema }}'
            order by versions.table_name, versions.kind, versions.version desc
        )
        select objects.table_name as of_table, kinds.kind as of_kind, named.relation, named.time_column,
            coalesce(own.policy, common.policy, named.built_in) as policy,
            exists (select from pg_inherits where inhparent = named.relation) as has_parts
        from {{ schema }}.object_tables as objects
        cross join unnest(array['analytics', 'source']) as kinds (kind)
        cross join lateral (
            select
                to_regclass(format(
                    '%I.%I', '{{ schema }}', case kinds.kind when 'source' then 'source_' else '' end || objects.table_name
                )) as relation,
                case kinds.kind when 'source' then 'ingested_at' else objects.time_column end as time_column,
                case kinds.kind when 'source' then jsonb_build_object('retention', '7 days') end as built_in
        ) as named
        left join latest as own on objects.table_name = own.table_name and kinds.kind = own.kind
        left join latest as common on common.table_name = '*' and kinds.kind = common.kind
        where named.relation is not null and (kinds.kind = 'source' or objects.kind = 'event')
    loop
        continue when aged.policy ->> 'retention' is null or aged.policy ->> 'drop' = 'never' or aged.time_column is null;
        cutoff := now() - (aged.policy ->> 'retention')::interval - interval '1 day'
            - case aged.policy ->> 'partition_by' when 'year' then interval '1 year' when 'month' then interval '1 month' else interval '0' end
            - case when aged.has_parts and aged.policy ->> 'partition_drop' is distinct from 'exact' then interval '1 month' else interval '0' end;
        select atttypid = 'timestamptz'::regtype into is_instant
        from pg_attribute where attrelid = aged.relation and attname = aged.time_column and not attisdropped;
        continue when is_instant is null;
        -- A wall clock is some hours from UTC: the day above is more than that.
        counted := format(
            'select count(*), min(%1$s) from %2$s as hot where hot.%3$I < %4$L and hot.%3$I >= ''0001-01-02''',
            case when is_instant then format('hot.%I', aged.time_column) else format('hot.%I::timestamp at time zone ''UTC''', aged.time_column) end,
            aged.relation, aged.time_column, case when is_instant then cutoff::text else (cutoff at time zone 'UTC')::text end
        );
        if aged.of_kind = 'source' then
            counted := counted || format(
                ' and not exists (select from archive_catalog.units as kept where kept.unit_id = hot.archived_in'
                ' and kept.keep_until > now()) and not exists (select from archive_catalog.holds as held'
                ' where held.schema_name = %1$L and coalesce(held.table_name = %2$L, true) and coalesce(held.kind = ''source'', true)'
                ' and held.released_at is null and coalesce(held.lo <= hot.ingested_at, true) and coalesce(held.hi > hot.ingested_at, true))',
                '{{ schema }}', aged.of_table
            );
        else
            counted := counted || format(
                ' and not exists (select from archive_catalog.units as kept where kept.schema_name = %1$L'
                ' and kept.table_name = %2$L and kept.kind = ''analytics'' and kept.state = ''restored'' and kept.keep_until > now()'
                ' and hot.%3$I >= %4$s and hot.%3$I < %5$s)',
                '{{ schema }}', aged.of_table, aged.time_column,
                case when is_instant then 'kept.lo' else 'kept.lo at time zone ''UTC'' - interval ''14 hours''' end,
                case when is_instant then 'kept.hi' else 'kept.hi at time zone ''UTC'' + interval ''14 hours''' end
            );
        end if;
        execute counted into row_count, oldest_at;
        if row_count > 0 then
            table_name := aged.of_table;
            archive_kind := aged.of_kind;
            return next;
        end if;
    end loop;
end
$platform$;

select {{ schema }}.ensure_view('rows_past_retention', $view$
select table_name, archive_kind, row_count, oldest_at from {{ schema }}.count_past_retention()
$view$);

insert into {{ schema }}.platform (client) values (null)
on conflict (only_one) do update set client = excluded.client
where platform.client is distinct from excluded.client;

{% endmacro %}

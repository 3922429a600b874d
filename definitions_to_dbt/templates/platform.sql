-- What every object of the platform stands on: the schema, its functions, and the two ledgers of loads and batches.
select pg_advisory_xact_lock(hashtextextended('platform:' || << schema_text >>, 0));

create schema if not exists << schema >>;

do $platform$
begin
    if to_regtype(<< schema_text >> || '.ingestion_mode') is null then
        create type << schema >>.ingestion_mode as enum ('batch', 'streaming');
    end if;
end
$platform$;

create table if not exists << schema >>.ingestion_runs (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid,
    connector_id uuid,
    entity text not null,
    mode << schema >>.ingestion_mode not null default 'batch',
    status text not null,
    stats_json jsonb not null default '{}',
    source_file text,
    file_sha256 text,
    file_bytes bigint,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    unique (entity, file_sha256)
);

create table if not exists << schema >>.transform_batches (
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
    taken_in_by text[] not null default '{}'
);

create unique index if not exists transform_batches_one_open
on << schema >>.transform_batches (table_name) where state = 'open';

-- Declared immutable, which convert_to is not, because the server's encoding is UTF8 and never changes.
-- plpgsql, because an SQL function that is stricter than its body is not inlined, and slower then.
create or replace function << schema >>.record_sha256(raw_data json, raw_bytes bytea) returns text
language plpgsql immutable parallel safe as $platform$
begin
    return encode(sha256(coalesce(raw_bytes, convert_to(raw_data::text, 'UTF8'))), 'hex');
end
$platform$;

-- For the types whose input function raises where pg_input_is_valid should answer.
create or replace function << schema >>.input_is_valid(given text, type_name text) returns boolean
language plpgsql stable as $platform$
begin
    execute format('select %L::%s', given, type_name);
    return true;
exception when others then
    return false;
end
$platform$;

create table if not exists << schema >>.token_key (
    only_one boolean primary key default true check (only_one),
    secret text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
insert into << schema >>.token_key default values on conflict do nothing;
revoke all on << schema >>.token_key from public;

-- The same value always gets the same token; without the key nobody gets from the token to the value.
create or replace function << schema >>.tokenize(given text) returns text
language sql stable security definer set search_path = pg_catalog
return 'tok_' || left(encode(sha256(convert_to((select secret from << schema >>.token_key) || given, 'UTF8')), 'hex'), 32);

-- True where every value of the old type is one of the new: integers, numerics and texts may grow.
create or replace function << schema >>.widens(old_type text, new_type text) returns boolean
language plpgsql immutable as $platform$
declare
    integers text[] := array['smallint', 'integer', 'bigint'];
    old_digits int[] := string_to_array(substring(old_type from '^numeric\((.*)\)$'), ',')::int[];
    new_digits int[] := string_to_array(substring(new_type from '^numeric\((.*)\)$'), ',')::int[];
    old_length int := substring(old_type from '^character varying\((\d+)\)$')::int;
    new_length int := substring(new_type from '^character varying\((\d+)\)$')::int;
begin
    if old_type = any(integers) and new_type = any(integers) then
        return array_position(integers, old_type) < array_position(integers, new_type);
    elsif new_type = 'numeric' then
        return old_type = any(integers) or old_digits is not null;
    elsif old_digits is not null and new_digits is not null then
        return new_digits[2] >= old_digits[2] and new_digits[1] - new_digits[2] >= old_digits[1] - old_digits[2];
    elsif old_type = any(integers) and new_digits is not null then
        return new_digits[1] - new_digits[2] >= (array[5, 10, 19])[array_position(integers, old_type)];
    elsif new_type in ('text', 'character varying') then
        return old_type ~ '^character varying' or old_type = 'text';
    elsif old_length is not null and new_length is not null then
        return new_length >= old_length;
    end if;
    return old_type = 'real' and new_type = 'double precision';
end
$platform$;

-- Drop the views on a relation, deepest first, and return the statements that put them back as they were.
create or replace function << schema >>.take_down_views(relation regclass) returns text[]
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
        select views.oid::regclass as name, max(views.depth) as depth
        from views group by views.oid order by 2 desc
    loop
        put_back := format('create view %s as %s', dependent.name, pg_get_viewdef(dependent.name))
            || << schema >>.said_of(dependent.name) || put_back;
        execute format('drop view %s', dependent.name);
    end loop;
    return put_back;
end
$platform$;

-- What is lost when a view is dropped: its comment, and who may do what with it. As statements.
create or replace function << schema >>.said_of(relation regclass) returns text
language sql stable as $platform$
    select coalesce(format('; comment on view %s is %L', relation, obj_description(relation, 'pg_class')), '')
        || coalesce((
            select string_agg(
                format(
                    '; grant %s on %s to %s', granted.privilege_type, relation,
                    case granted.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(granted.grantee)) end
                ), ''
            )
            from aclexplode(pg_class.relacl) as granted
        ), '')
    from pg_class where pg_class.oid = relation
$platform$;

-- Bring a table's columns to the declared types: add what is missing, widen what may grow, refuse the rest.
-- Views on the table are taken down for a change of type and put back in the same transaction.
create or replace function << schema >>.ensure_columns(of_table text, names text[], types text[]) returns void
language plpgsql as $platform$
declare
    relation regclass := format('%I.%I', << schema_text >>, of_table)::regclass;
    found_type text;
    put_back text[] := '{}';
begin
    for position in 1 .. cardinality(names) loop
        select format_type(atttypid, atttypmod) into found_type
        from pg_attribute where attrelid = relation and attname = names[position] and not attisdropped;
        if not found then
            execute format('alter table %s add column %I %s', relation, names[position], types[position]);
        elsif found_type <> types[position] then
            if not << schema >>.widens(found_type, types[position]) then
                raise exception 'column %.% is %, the definition says %, and not every value of the first is one of the second',
                    of_table, names[position], found_type, types[position]
                using hint = 'Nothing was changed. Give the column a new name, or convert the table by hand.';
            end if;
            put_back := << schema >>.take_down_views(relation) || put_back;
            execute format('alter table %s alter column %I type %s', relation, names[position], types[position]);
        end if;
    end loop;
    for position in 1 .. cardinality(put_back) loop
        execute put_back[position];
    end loop;
end
$platform$;

-- CREATE INDEX IF NOT EXISTS locks the table against writers also where the index exists: a run that starts would wait
-- for one that writes, and the two could wait for each other.
create or replace function << schema >>.ensure_index(name text, on_what text, is_unique boolean default false)
returns void language plpgsql as $platform$
begin
    if to_regclass(format('%I.%I', << schema_text >>, name)) is null then
        execute format(
            'create %s index if not exists %I on %s', case when is_unique then 'unique' else '' end, name, on_what
        );
    end if;
end
$platform$;

-- Create or replace a view only where its text has changed, so that readers are not locked out by every run, two runs
-- at once do not trip over each other, and views of others on it stay.
create or replace function << schema >>.ensure_view(name text, body text) returns void
language plpgsql as $platform$
declare
    mark text := 'sha256:' || encode(sha256(convert_to(body, 'UTF8')), 'hex');
    relation regclass;
    granted text;
    put_back text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('view:' || << schema_text >> || '.' || name, 0));
    relation := to_regclass(format('%I.%I', << schema_text >>, name));
    if relation is not null and obj_description(relation, 'pg_class') = mark then
        return;
    end if;
    begin
        execute format('create or replace view %I.%I as %s', << schema_text >>, name, body);
    exception when invalid_table_definition then -- other columns than before, or not at the end
        granted := << schema >>.said_of(relation);
        put_back := << schema >>.take_down_views(relation);
        execute format('drop view %s', relation);
        execute format('create view %I.%I as %s', << schema_text >>, name, body) || granted;
        for position in 1 .. cardinality(put_back) loop
            execute put_back[position];
        end loop;
    end;
    execute format('comment on view %I.%I is %L', << schema_text >>, name, mark);
end
$platform$;

-- The last step of a batch: every claimed record has exactly one outcome, or the transaction fails.
create or replace function << schema >>.close_batch(of_table text, of_batch bigint) returns void
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
        from %I.%I where batch_id = $1', << schema_text >>, 'source_' || of_table)
    into counted using of_batch;
    select claimed into expected from << schema >>.transform_batches
    where batch_id = of_batch and table_name = of_table and state = 'open';
    if not found then
        return; -- another run closed it while this one waited
    end if;
    if counted.loaded + counted.rejected + counted.superseded + counted.duplicate is distinct from expected then
        raise exception 'batch % of % claimed % records, of which % loaded, % rejected, % superseded, % duplicate',
            of_batch, of_table, expected, counted.loaded, counted.rejected, counted.superseded, counted.duplicate
        using hint = 'Nothing was written. The batch stays open; the next dbt run takes it up again.';
    end if;
    update << schema >>.transform_batches
    set state = 'closed', closed_at = clock_timestamp(), loaded = counted.loaded, rejected = counted.rejected,
        superseded = counted.superseded, duplicate = counted.duplicate
    where batch_id = of_batch;
end
$platform$;

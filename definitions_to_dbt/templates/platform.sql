-- What every object of the platform stands on: the schema, its functions, and the ledgers of loads, batches and checks.
select pg_advisory_xact_lock(hashtextextended('platform:' || << schema_text >>, 0));

create schema if not exists << schema >>;

do $platform$
begin
    if to_regtype(<< schema_text >> || '.ingestion_mode') is null then
        create type << schema >>.ingestion_mode as enum ('batch', 'streaming');
    end if;
end
$platform$;

create table if not exists << schema >>.platform (
    only_one boolean primary key default true check (only_one),
    client text
);

<% for ledger in ledgers %>
create table if not exists << schema >>.<< ledger.name >> (
<% for column in ledger.columns %>
    << column.name >> << column.definition >><< "," if not loop.last or ledger.promise >>

<% endfor %>
<% if ledger.promise %>
    << ledger.promise >>
<% endif %>
);

<% endfor %>
-- A database that an older version of the tool has made may lack columns of its ledgers.
create or replace function << schema >>.add_missing_columns(of_table text, columns jsonb) returns void
language plpgsql as $platform$
declare
    relation regclass := format('%I.%I', << schema_text >>, of_table)::regclass;
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

<% for ledger in ledgers %>
select << schema >>.add_missing_columns(<< ledger.name | literal >>, $columns$[
<% for column in ledger.columns %>
    {"name": "<< column.name >>", "definition": "<< column.definition >>"}<< "," if not loop.last >>

<% endfor %>
]$columns$);
<% endfor %>

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

-- What a text in base64 holds, as JSON; null where it holds none.
create or replace function << schema >>.json_of_base64(given text) returns jsonb
language plpgsql stable as $platform$
begin
    return convert_from(decode(given, 'base64'), 'UTF8')::jsonb;
exception when others then
    return null;
end
$platform$;

create table if not exists << schema >>.token_key (
    only_one boolean primary key default true check (only_one),
    secret text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
insert into << schema >>.token_key default values on conflict do nothing;
revoke all on << schema >>.token_key from public;

-- The same value always gets the same token; without the key nobody gets from the token to the value. A token stays what
-- it is: a row that comes back from the archive has no more, and would be somebody else's under another one.
create or replace function << schema >>.tokenize(given text) returns text
language sql stable security definer set search_path = pg_catalog
return case
    when given ~ '^tok_[0-9a-f]{32}$' then given
    else 'tok_' || left(encode(sha256(convert_to((select secret from << schema >>.token_key) || given, 'UTF8')), 'hex'), 32)
end;

-- CREATE INDEX IF NOT EXISTS locks the table against writers also where the index exists: a run that starts would wait
-- for one that writes, and the two could wait for each other. One that is stated otherwise by now is made anew; one
-- that an older version of the tool has made, without a word on how, stays.
create or replace function << schema >>.ensure_index(name text, on_what text, is_unique boolean default false)
returns void language plpgsql as $platform$
declare
    mark text := 'sha256:' || encode(sha256(convert_to(on_what, 'UTF8')), 'hex');
    relation regclass := to_regclass(format('%I.%I', << schema_text >>, name));
    made text := case when relation is null then name else 'anew_' || md5(name) end;
begin
    if relation is not null and coalesce(obj_description(relation, 'pg_class'), mark) = mark then
        return;
    end if;
    execute format(
        'create %s index if not exists %I on %s', case when is_unique then 'unique' else '' end, made, on_what
    );
    execute format('comment on index %I.%I is %L', << schema_text >>, made, mark);
    -- Made beside the one before, which readers go on using: they wait only while the two change places.
    if relation is not null then
        perform << schema >>.lock_for_change(array[
            (select indrelid::regclass from pg_index where indexrelid = relation)
        ]);
        execute format('drop index %s', relation);
        execute format('alter index %I.%I rename to %I', << schema_text >>, made, name);
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

-- Whoever may read a view needs to get into its schema first. Granted only where it is missing.
create or replace function << schema >>.let_readers_in(roles text[]) returns void
language plpgsql as $platform$
declare
    role text;
begin
    foreach role in array roles loop
        if not has_schema_privilege(role, << schema_text >>, 'usage') then
            execute format('grant usage on schema %I to %I', << schema_text >>, role);
        end if;
    end loop;
end
$platform$;

-- In a database that was made anew after a loss, records get numbers above those that are archived. Asked of a table that
-- never gave a number; landing would give the first ones twice.
create or replace function << schema >>.lift_raw_seq(relation text) returns void
language plpgsql as $platform$
declare
    numbers text := pg_get_serial_sequence(format('%I.%I', << schema_text >>, relation), 'raw_seq');
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
    where unit.schema_name = << schema_text >> and 'source_' || unit.table_name = relation and unit.kind = 'source';
    if highest is not null then
        perform setval(numbers, highest);
    end if;
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
    delete from << schema >>.cold_rows where batch_id = of_batch;
end
$platform$;

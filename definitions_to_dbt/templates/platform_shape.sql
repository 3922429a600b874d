
-- What the tables of each object were made as: the catalogue cannot tell an event from an entity.
create table if not exists << schema >>.object_tables (
    table_name text primary key,
    kind text not null,
    time_column text,
    business_key text[] not null,
    noted_at timestamptz not null default now()
);

-- What a change of type means for the values that are there: identical, widening or breaking. The tool's one lattice.
create or replace function << schema >>.change_of(old_type text, new_type text, zone text) returns text
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
<% for step in steps %>
        (<< step.old | literal >>, << step.new | literal >>, << step.fit | literal >>, << step.number >>, << step.in_arrays >>)<< "," if not loop.last >>
<% endfor %>
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
create or replace function << schema >>.type_of(relation regclass, column_name text) returns text
language sql stable as $platform$
    select format_type(atttypid, atttypmod) from pg_attribute
    where attrelid = relation and attname = column_name and attnum > 0 and not attisdropped
$platform$;

-- The columns the platform itself adds, by the kind of table they stand in.
create or replace function << schema >>.platform_columns()
returns table (layer text, column_name text, column_type text, definition text)
language sql immutable as $platform$
    values
<% for column in platform_columns %>
    (<< column.layer | literal >>, << column.name | literal >>, << column.type | literal >>, << column.definition | literal >>)<< "," if not loop.last >>
<% endfor %>
$platform$;

-- A raw table that an older version of the tool has made may lack columns, but not these two: without, it is others'.
create or replace function << schema >>.add_source_columns(of_table text) returns void
language plpgsql as $platform$
declare
    wanted record;
begin
    for wanted in
        select column_name, column_type from << schema >>.platform_columns()
        where layer = 'source' and column_name in ('raw_seq', 'raw_data')
    loop
        if << schema >>.type_of(format('%I.%I', << schema_text >>, of_table)::regclass, wanted.column_name)
            is distinct from wanted.column_type
        then
            raise exception 'somebody else has made %: it has no % of type %',
                of_table, wanted.column_name, wanted.column_type
            using errcode = 'invalid_table_definition', hint = 'Nothing was changed. Rename that table.';
        end if;
    end loop;
    perform << schema >>.add_missing_columns(
        of_table, jsonb_agg(jsonb_build_object('name', added.column_name, 'definition', added.definition))
    )
    from << schema >>.platform_columns() as added
    where added.layer = 'source';
end
$platform$;

-- True where aged rows of an object are archived.
create or replace function << schema >>.is_archived(of_table text) returns boolean
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
        $units$ into answer using << schema_text >>, of_table;
    end if;
    return answer;
end
$platform$;

-- True where rows of an object stand in its table, or stood there and are archived.
create or replace function << schema >>.has_rows(of_table text) returns boolean
language plpgsql stable as $platform$
declare
    answer boolean := false;
begin
    if to_regclass(format('%I.%I', << schema_text >>, of_table)) is not null then
        execute format('select exists (select from %I.%I)', << schema_text >>, of_table) into answer;
    end if;
    return answer or << schema >>.is_archived(of_table);
end
$platform$;

-- Every difference between the columns of an object's tables and its definition: a clause for ALTER TABLE (rename, add,
-- type, loosen, key), or the reason why there is no way (refuse). Reads; changes nothing.
create or replace function << schema >>.shape_changes(of_table text, shape jsonb)
returns table (on_table regclass, change text, subject text, says text)
language plpgsql stable as $platform$
declare
    part record;
    wanted record;
    former text;
    standing text;
begin
    for part in
        select to_regclass(format('%I.%I', << schema_text >>, parts.name)) as relation, parts.layer
        from (values
            (of_table, 'layer2'), (of_table || '_versions', 'versions'), ('rejected_' || of_table, 'rejected')
        ) as parts (name, layer)
        where to_regclass(format('%I.%I', << schema_text >>, parts.name)) is not null
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
            from << schema >>.platform_columns() as added
            where added.layer = part.layer
        loop
            subject := 'the column ' || wanted.name;
            standing := << schema >>.type_of(on_table, wanted.name);
            former := << schema >>.type_of(on_table, wanted.renamed_from);
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
            change := << schema >>.change_of(standing, wanted.type, wanted.zone);
            if change = 'breaking' then
                says := format('is %s, the definition says %s: ', standing, wanted.type) || case
                    when << schema >>.change_of(standing, wanted.type, 'UTC') = 'widening'
                        then 'it names no instant until the definition states its time_zone'
                    when << schema >>.change_of(wanted.type, standing, 'UTC') = 'widening'
                        or regexp_replace(standing, '\(.*\)', '') = regexp_replace(wanted.type, '\(.*\)', '')
                        then 'not every value of the first is one of the second'
                    else 'the two hold different things'
                end;
                change := 'refuse';
                return next;
            elsif change = 'widening' and << schema >>.is_cut_by(on_table, array[wanted.name, wanted.renamed_from]) then
                change := 'refuse';
                says := format('is %s, the definition says %s: the table is cut by it', standing, wanted.type);
                return next;
            elsif change = 'widening' and wanted.zone <> 'UTC' and << schema >>.is_archived(of_table)
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
create or replace function << schema >>.is_cut_by(relation regclass, names text[]) returns boolean
language sql stable as $platform$
    select exists (
        select from pg_partitioned_table as cut
        inner join pg_attribute as attribute
            on attribute.attrelid = cut.partrelid and attribute.attnum = any(cut.partattrs::smallint[])
        where cut.partrelid = relation and attribute.attname = any(names)
    )
$platform$;

-- The same for what the rows of a table promise: its key, and what they were written as. No ALTER mends those.
create or replace function << schema >>.promise_changes(of_table text, shape jsonb)
returns table (on_table regclass, change text, subject text, says text)
language plpgsql stable as $platform$
declare
    noted << schema >>.object_tables;
    renames jsonb;
    wanted text[] := array(select jsonb_array_elements_text(shape -> 'physical_key'));
    standing text[];
    key_name text;
begin
    on_table := to_regclass(format('%I.%I', << schema_text >>, of_table));
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
        if << schema >>.has_rows(of_table) then
            change := 'refuse';
            says := format(
                'is (%s), the definition says (%s): what was written under the first stays as it was',
                array_to_string(standing, ', '), array_to_string(wanted, ', ')
            );
        elsif << schema >>.layout_of(on_table) <> 'plain' then
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
    select * into noted from << schema >>.object_tables as objects where objects.table_name = of_table;
    if not found or not << schema >>.has_rows(of_table) then
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
create or replace function << schema >>.shape_problem(of_table text, shape jsonb) returns text
language sql stable as $platform$
    select format(
        E'%s cannot become what its definition says:\n%s\nNothing was changed: every row is as it was. Take the change back, or '
        'give what changes a new name in the definition, then run `definitions-to-dbt generate` and `dbt build`.',
        of_table, string_agg(reason.text, E'\n')
    )
    from (
        select format('  %s of %s %s', found.subject, string_agg(named.relname, ' and ' order by named.relname), found.says) as text
        from (
            select * from << schema >>.shape_changes(of_table, shape)
            union all
            select * from << schema >>.promise_changes(of_table, shape)
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
create or replace function << schema >>.lock_for_change(relations regclass[]) returns void
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
create or replace function << schema >>.ensure_shape(of_table text, shape jsonb) returns void
language plpgsql as $platform$
declare
    problem text;
    step record;
    put_back text[] := '{}';
begin
    if exists (
        select from << schema >>.shape_changes(of_table, shape) union all
        select from << schema >>.promise_changes(of_table, shape)
    ) then
        problem := << schema >>.shape_problem(of_table, shape);
        if problem is not null then
            raise exception '%', problem;
        end if;
        perform << schema >>.lock_for_change(array(
            select to_regclass(format('%I.%I', << schema_text >>, name))
            from unnest(array['rejected_' || of_table, of_table || '_versions', of_table]) as name
            where to_regclass(format('%I.%I', << schema_text >>, name)) is not null
        ));
        -- Renamed in the platform's own views too, so that whoever reads those is led along.
        for step in
            select relation.name, changes.says
            from << schema >>.shape_changes(of_table, shape) as changes
            cross join lateral (
                select changes.on_table as name
                union all
                select to_regclass(format('%I.%I', << schema_text >>, view_name))
                from unnest(array[of_table || '_read', of_table || '__lake', 'history_' || of_table]) as view_name
                where changes.on_table = to_regclass(format('%I.%I', << schema_text >>, of_table))
            ) as relation
            inner join jsonb_to_recordset(shape -> 'columns') as declared (name text, renamed_from text)
                on changes.subject = 'the column ' || declared.name
            where changes.change = 'rename' and << schema >>.type_of(relation.name, declared.renamed_from) is not null
        loop
            execute format('alter table %s %s', step.name, step.says);
        end loop;
        for step in
            with altered as (
                select distinct changes.on_table as oid from << schema >>.shape_changes(of_table, shape) as changes
                where changes.change = 'type'
            )
            select oid as name from altered
            union all
            select inhrelid::regclass from pg_inherits where inhparent in (select oid from altered)
        loop
            put_back := << schema >>.take_down_views(step.name) || put_back;
        end loop;
        for step in
            select changes.on_table as name, string_agg(changes.says, ', ' order by changes.change <> 'key') as clauses
            from (
                select * from << schema >>.shape_changes(of_table, shape)
                union all
                select * from << schema >>.promise_changes(of_table, shape)
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
        select from << schema >>.object_tables as noted
        where noted.table_name = of_table and noted.kind = shape ->> 'kind'
            and noted.time_column is not distinct from shape ->> 'time_column'
            and to_jsonb(noted.business_key) = shape -> 'key'
    ) then
        insert into << schema >>.object_tables (table_name, kind, time_column, business_key)
        values (
            of_table, shape ->> 'kind', shape ->> 'time_column', array(select jsonb_array_elements_text(shape -> 'key'))
        )
        on conflict (table_name) do update
        set kind = excluded.kind, time_column = excluded.time_column, business_key = excluded.business_key, noted_at = now();
    end if;
end
$platform$;

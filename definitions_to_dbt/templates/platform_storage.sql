
-- How a table's rows are laid out: hypertable, partitions or plain.
create or replace function << schema >>.layout_of(relation regclass) returns text
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
create or replace function << schema >>.layout_problem(of_table text, layout text) returns text
language sql stable as $platform$
    select format(
        '%s asks for a hypertable, but this database has no TimescaleDB. Nothing was changed. Run `create extension '
        'timescaledb`, or state the layout auto or partitions, and run `dbt build` again.', of_table
    )
    where layout = 'hypertable' and to_regclass(format('%I.%I', << schema_text >>, of_table)) is null
        and not exists (select from pg_extension where extname = 'timescaledb')
$platform$;

create or replace function << schema >>.layout_note(of_table text, layout text) returns text
language sql stable as $platform$
    select format(
        '%s stays %s: the definition says %s, but a table that stands is never moved over by itself', of_table,
        case standing.layout
            when 'plain' then 'a plain table' when 'partitions' then 'natively partitioned' else 'a hypertable'
        end, layout_note.layout
    )
    from (select << schema >>.layout_of(to_regclass(format('%I.%I', << schema_text >>, of_table))) as layout) as standing
    where to_regclass(format('%I.%I', << schema_text >>, of_table)) is not null
        and standing.layout <> layout_note.layout and not (layout_note.layout = 'auto' and standing.layout <> 'plain')
$platform$;

-- Make the table of an event: cut by time where that is asked for and can be had. A table that stands is left alone.
-- A hypertable takes no row without a time, so it is one only where each row has one.
create or replace function << schema >>.make_event_table(
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
    if to_regclass(format('%I.%I', << schema_text >>, of_table)) is not null then
        return;
    elsif layout = 'auto' then
        cut := case when home is not null and every_row_has_a_time then 'hypertable' else 'partitions' end;
    end if;
    execute format('create table %I.%I (%s)', << schema_text >>, of_table, body)
        || case cut when 'partitions' then format(' partition by range (%I)', time_column) else '' end;
    if cut = 'partitions' then
        -- For what stands in no month: infinity, years that cannot be meant, rows without a time.
        execute format(
            'create table %I.%I partition of %I.%I default', << schema_text >>, of_table || '_p_other', << schema_text >>, of_table
        );
    elsif cut = 'hypertable' then
        execute format(
            'select %s.create_hypertable(%L::regclass, %s.by_range(%L, interval %L), create_default_indexes => false)',
            home, format('%I.%I', << schema_text >>, of_table), home, time_column, span
        );
    end if;
end
$platform$;

-- Make the partitions that are not there yet: those of now and `ahead` more, and those of the times that are on their way
-- in. Rows never depend on it: what has no partition of its own goes into the one for all others, and stays there. So
-- nothing is waited for long, and times all over the calendar, as one wrong unit makes them, do not fill the catalogue.
create or replace function << schema >>.make_partitions(of_table text, span text, ahead integer, times timestamp[] default '{}')
returns void language plpgsql as $platform$
declare
    most_at_once constant integer := 120;
    most constant integer := 1000;
    parent regclass := to_regclass(format('%I.%I', << schema_text >>, of_table));
    other regclass := to_regclass(format('%I.%I', << schema_text >>, of_table || '_p_other'));
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
            '%I.%I', << schema_text >>, of_table || '_p'
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
                    << schema_text >>, wanted.name, parent
                );
                execute format(
                    'alter table %s attach partition %I.%I for values from (%L) to (%L)',
                    parent, << schema_text >>, wanted.name, wanted.lo || zone, wanted.hi || zone
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
create or replace function << schema >>.make_partitions_for(of_table text, span text, staging text) returns void
language plpgsql as $platform$
declare
    parent regclass := to_regclass(format('%I.%I', << schema_text >>, of_table));
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
        ))', split_part(span, ' ', 2), moment, staging, << schema_text >>, of_table
    ) into times;
    perform << schema >>.make_partitions(of_table, span, 0, times);
end
$platform$;

-- True; an error where a partition or chunk of the table was dropped after the snapshot of the query began. Its rows are
-- in no snapshot any more, and a reader whose list of archived files is of that snapshot would find them nowhere.
-- The same where the table was written anew since, as when a column is widened: to an older snapshot it is empty; and
-- where a chunk was compressed or decompressed since: TimescaleDB looks for its rows where they are now.
-- pg_inherits, pg_class and TimescaleDB's tables are read as of the snapshot; has_table_privilege(), null for what is
-- gone, pg_relation_filenode() and chunk_status() look at what there is now.
create or replace function << schema >>.has_all_its_parts(of_table text) returns boolean
language plpgsql stable as $platform$
declare
    is_moved boolean := false;
begin
    if exists (
        select from pg_catalog.pg_inherits as part
        where part.inhparent = to_regclass(format('%I.%I', << schema_text >>, of_table))
            and has_table_privilege(part.inhrelid, 'select') is null
    ) then
        raise exception 'a part of % was dropped after this query began; its rows are in the archive now', of_table
        using errcode = 'serialization_failure', hint = 'Nothing is wrong with the data. Run the query again.';
    end if;
    if not exists (
        select from pg_catalog.pg_class as relation where relation.oid = to_regclass(format('%I.%I', << schema_text >>, of_table))
    ) then
        raise exception '% was put in another table''s place after this query began, which would not find its rows', of_table
        using errcode = 'serialization_failure', hint = 'Nothing is wrong with the data. Run the query again.';
    end if;
    if exists (
        with whole as (select to_regclass(format('%I.%I', << schema_text >>, of_table))::oid as relid)
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
        $chunks$ into is_moved using format('%I.%I', << schema_text >>, of_table);
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
create or replace function << schema >>.missing_parts(of_table text, of_row anyelement) returns setof anyelement
language plpgsql stable rows 1 as $platform$
begin
    perform << schema >>.has_all_its_parts(of_table);
end
$platform$;

-- True where PostgreSQL holds each row that a table ever had, an error once some are in the archive alone: it cannot
-- read those, and a sum without them is a wrong one. Who may read the view need not be let into the catalogue.
create or replace function << schema >>.has_every_row(of_table text) returns boolean
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
    where files.schema_name = << schema_text >> and files.table_name = of_table
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
create or replace function << schema >>.missing_rows(of_table text, of_row anyelement) returns setof anyelement
language plpgsql stable rows 1 as $platform$
begin
    perform << schema >>.has_every_row(of_table), << schema >>.has_all_its_parts(of_table);
end
$platform$;


-- What an object was called before. Who still has the definition of then is told so, and not that there are no rows.
create table if not exists << schema >>.former_names (
    name text primary key,
    table_name text not null
);

-- Why an object cannot take the place of the one it was renamed from. Null where it can, or has already.
-- Null where the object never had another name.
create or replace function << schema >>.rename_problem(of_table text, former text) returns text
language plpgsql stable strict as $platform$
begin
    if former is null then
        return null;
    elsif to_regclass(format('%I.%I', << schema_text >>, former)) is null
        or to_regclass(format('%I.%I', << schema_text >>, of_table)) is null then
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
create or replace function << schema >>.rename_in_archive(of_table text, former text) returns void
language plpgsql as $platform$
declare
    ledger regclass;
begin
    if not coalesce(has_table_privilege(to_regclass('archive_catalog.table_guards'), 'select'), false) then
        return;
    elsif not exists (
        select from archive_catalog.table_guards as guard
        where guard.schema_name = << schema_text >> and guard.table_name = former
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
        using of_table, << schema_text >>, former;
    end loop;
end
$platform$;

-- Rename all that belongs to an object: its tables and views, and their partitions, indexes and sequences. What the
-- ledgers and the archive's catalogue know of the old name they know of the new one from then on; files stay where
-- they are, and the chain of commit records goes on.
create or replace function << schema >>.rename_object(of_table text, former text) returns void
language plpgsql as $platform$
declare
    problem text := << schema >>.rename_problem(of_table, former);
    own oid[];
    part record;
begin
    if problem is not null then
        raise exception '%', problem;
    end if;
    update << schema >>.former_names set table_name = of_table where table_name = former;
    insert into << schema >>.former_names as known (name, table_name) values (former, of_table)
    on conflict (name) do update set table_name = excluded.table_name where known.table_name <> excluded.table_name;
    if to_regclass(format('%I.%I', << schema_text >>, former)) is null then
        perform << schema >>.rename_in_archive(of_table, former);
        return;
    end if;
    own := array(
        select to_regclass(format('%I.%I', << schema_text >>, name))::oid
        from unnest(array[
            'source_' || former, 'rejected_' || former, former || '_versions', former,
            former || '_read', 'history_' || former, former || '__lake', 'source_' || former || '__lake'
        ]) as name
        where to_regclass(format('%I.%I', << schema_text >>, name)) is not null
    );
    perform << schema >>.lock_for_change(array(
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
        where named.relnamespace = << schema_text >>::regnamespace and (
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
    update << schema >>.transform_batches set table_name = of_table where table_name = former;
    update << schema >>.cold_rows set table_name = of_table where table_name = former;
    update << schema >>.object_tables set table_name = of_table where table_name = former;
    perform << schema >>.rename_in_archive(of_table, former);
end
$platform$;


-- Rows that are still in PostgreSQL though their retention has been over for a day or more: of each table and kind how
-- many, and of when the oldest is. Left out is what waits as it should: for the rest of its month, year or partition,
-- under a hold, until the time for which it was restored, or for ever, where nothing is dropped.
create or replace function << schema >>.count_past_retention()
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
            where versions.schema_name = << schema_text >>
            order by versions.table_name, versions.kind, versions.version desc
        )
        select objects.table_name as of_table, kinds.kind as of_kind, named.relation, named.time_column,
            coalesce(own.policy, common.policy, named.built_in) as policy,
            exists (select from pg_inherits where inhparent = named.relation) as has_parts
        from << schema >>.object_tables as objects
        cross join unnest(array['analytics', 'source']) as kinds (kind)
        cross join lateral (
            select
                to_regclass(format(
                    '%I.%I', << schema_text >>, case kinds.kind when 'source' then 'source_' else '' end || objects.table_name
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
                << schema_text >>, aged.of_table
            );
        else
            counted := counted || format(
                ' and not exists (select from archive_catalog.units as kept where kept.schema_name = %1$L'
                ' and kept.table_name = %2$L and kept.kind = ''analytics'' and kept.state = ''restored'' and kept.keep_until > now()'
                ' and hot.%3$I >= %4$s and hot.%3$I < %5$s)',
                << schema_text >>, aged.of_table, aged.time_column,
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

select << schema >>.ensure_view('rows_past_retention', $view$
select table_name, archive_kind, row_count, oldest_at from << schema >>.count_past_retention()
$view$);

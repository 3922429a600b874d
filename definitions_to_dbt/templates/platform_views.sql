
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
        select views.oid::regclass as name, pg_class.relkind, max(views.depth) as depth
        from views inner join pg_class on pg_class.oid = views.oid
        where pg_class.relkind in ('v', 'm')
        group by views.oid, pg_class.relkind order by 3 desc
    loop
        put_back := << schema >>.made_as(dependent.name) || put_back;
        execute format(
            'drop %s view %s', case dependent.relkind when 'm' then 'materialized' else '' end, dependent.name
        );
    end loop;
    return put_back;
end
$platform$;

-- What is lost besides when a view is dropped: comments, and who may do what with it. As statements.
create or replace function << schema >>.said_of(relation regclass) returns text
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
create or replace function << schema >>.made_as(relation regclass) returns text
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
    || << schema >>.said_of(relation)
    from pg_class where pg_class.oid = relation
$platform$;

{#
    Why a record cannot stand in the write model's indexes, as a text array: an entry holds 2,704 bytes, and one that is
    longer would fail the batch of all others.     errors || {{ too_long_for_an_index('orders') }} as _errors
    Asks PostgreSQL which indexes there are, so that one a person added counts too.
#}
{% macro too_long_for_an_index(table) %}
    {%- set indexes = [] -%}
    {%- if execute and target.type == 'postgres' and flags.WHICH in ('run', 'build', 'retry') -%}
        {%- set indexes = run_query(unbounded_indexes(table)).rows -%}
    {%- endif -%}
    {%- if not indexes -%}
        '{}'::text[]
    {%- else -%}
        array_remove(array[
        {%- for index in indexes %}
            case when {{ index['bytes'] }} > 2000 then '{{ index['names'] }}: too long for an index' end{{ ',' if not loop.last }}
        {%- endfor %}
        ], null)
    {%- endif -%}
{% endmacro %}

{#
    The indexes that a record could be too long for, and the expression that measures its entry: of a GIN index each
    element of a list is an entry, and what it holds of other types is short. Texts count with four bytes a character.
#}
{% macro unbounded_indexes(table) %}
    with indexed as (
        select
            one_index.indexrelid,
            method.amname as method,
            attribute.attname,
            case
                when type.typlen > 0 then type.typlen
                when type.typname in ('inet', 'cidr') then 24
                when attribute.atttypmod = -1 then 1000000
                when type.typname = 'numeric' then (attribute.atttypmod - 4 >> 16) / 2 + 12
                when type.typname in ('varchar', 'bpchar') then 4 * attribute.atttypmod
                when type.typname in ('bit', 'varbit') then attribute.atttypmod / 8 + 12
                else 1000000
            end as longest,
            type.typlen = -1 and type.typname not in ('inet', 'cidr', 'bit')
            and (attribute.atttypmod = -1 or type.typname not in ('numeric', 'varbit')) as is_long,
            case method.amname
                when 'gin' then format(
                    'coalesce((select max(pg_column_size(element)) from unnest(%I) as element), 0)', attribute.attname
                )
                else format('coalesce(pg_column_size(%I), 0)', attribute.attname)
            end as bytes,
            case method.amname when 'gin' then attribute.attnum end as entry
        from pg_index as one_index
        inner join pg_class as index_class on one_index.indexrelid = index_class.oid
        inner join pg_am as method on index_class.relam = method.oid and method.amname in ('btree', 'brin', 'gin')
        inner join pg_attribute as attribute
            on one_index.indrelid = attribute.attrelid and attribute.attnum = any(one_index.indkey::smallint[])
        inner join pg_type as declared on attribute.atttypid = declared.oid
        inner join pg_type as type
            on type.oid = case when method.amname = 'gin' and declared.typcategory = 'A' then declared.typelem else declared.oid end
        where
            one_index.indrelid in (
                to_regclass('{{ target.schema }}.{{ adapter.quote(table) }}'),
                to_regclass('{{ target.schema }}.{{ adapter.quote(table ~ '_versions') }}')
            )
            and attribute.attnum > 0
            and not attribute.attname like '\_%'
            and (method.amname <> 'gin' or declared.typcategory = 'A')
    )

    select distinct
        string_agg(attname, ', ' order by attname) filter (where is_long) as names,
        string_agg(bytes, ' + ' order by attname) filter (where is_long) as bytes
    from indexed
    group by indexrelid, entry
    having sum(longest) > 2600
    order by names
{% endmacro %}

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

{# The indexes with a column of no fixed length: their columns, and the expression that measures a record's entry. #}
{% macro unbounded_indexes(table) %}
    select distinct
        string_agg(attribute.attname, ', ' order by attribute.attname) as names,
        string_agg(format('coalesce(pg_column_size(%I), 0)', attribute.attname), ' + ' order by attribute.attname) as bytes
    from pg_index as one_index
    inner join pg_class as index_class on one_index.indexrelid = index_class.oid
    inner join pg_am as method on index_class.relam = method.oid and method.amname = 'btree'
    inner join pg_attribute as attribute
        on one_index.indrelid = attribute.attrelid and attribute.attnum = any(one_index.indkey::smallint[])
    where
        one_index.indrelid in (
            to_regclass('{{ target.schema }}.{{ adapter.quote(table) }}'),
            to_regclass('{{ target.schema }}.{{ adapter.quote(table ~ '_versions') }}')
        )
        and attribute.attnum > 0
        and attribute.attlen = -1
        and not attribute.attname like '\_%'
        and attribute.atttypid not in ('inet'::regtype, 'cidr'::regtype)
        and (attribute.atttypmod = -1 or attribute.atttypmod > 500 and attribute.atttypid <> 'numeric'::regtype)
    group by one_index.indexrelid
    order by names
{% endmacro %}

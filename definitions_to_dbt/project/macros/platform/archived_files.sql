{# What the catalogue says is readable, looked up when a model is built. #}

{# The files of a table as a DuckDB list, oldest first:  read_parquet({{ archived_files('orders') }}) #}
{% macro archived_files(table, kind='analytics') %}
    {%- set paths = [] -%}
    {%- if execute and target.type == 'duckdb' and flags.WHICH in ('run', 'build', 'test') -%}
        {%- set found = run_query(
            "select path from " ~ archive_catalog() ~ ".readable_files where schema_name = '" ~ target.schema
            ~ "' and table_name = '" ~ table ~ "' and kind = '" ~ kind ~ "' order by part_day, path"
        ) -%}
        {%- set lake = run_query("select getvariable('lake_url')").rows[0][0] -%}
        {%- for row in found.rows -%}
            {%- do paths.append("'" ~ lake ~ "/" ~ row[0] ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(paths) }}
{% endmacro %}

{% macro archive_catalog() %}{{ return(adapter.quote(env_var('PGDATABASE', 'postgres')) ~ '.archive_catalog') }}{% endmacro %}

{# The number of the last change to a table's archive; 0 where nothing was archived yet. #}
{% macro archive_revision(table, kind='analytics') %}
    {%- if execute and target.type == 'duckdb' and flags.WHICH in ('run', 'build', 'test') -%}
        {%- set found = run_query(
            "select coalesce(max(revision), 0) from " ~ archive_catalog() ~ ".revisions where schema_name = '"
            ~ target.schema ~ "' and table_name = '" ~ table ~ "' and kind = '" ~ kind ~ "'"
        ) -%}
        {{ return(found.rows[0][0] | int) }}
    {%- endif -%}
    {{ return(0) }}
{% endmacro %}

{# A condition that is true while the view's list of files is the catalogue's, and an error once it is not. #}
{% macro is_current(table, kind='analytics') -%}
    (
        select
            case
                when coalesce(max(revision), 0) = {{ archive_revision(table, kind) }} then true
                else error(
                    '{{ this.identifier }} is behind the archive. Nothing is wrong with the data; run:'
                    || ' dbt build --target duckdb --select archive_{{ table }}+'
                )
            end
        from {{ archive_catalog() }}.revisions
        where schema_name = '{{ target.schema }}' and table_name = '{{ table }}' and kind = '{{ kind }}'
    )
{%- endmacro %}

{# The hot half of a table under the columns and casts of the lake. dbt knows it through the write model. #}
{% macro lake_view(table) -%}
    {{ api.Relation.create(database=env_var('PGDATABASE', 'postgres'), schema=target.schema, identifier=table ~ '__lake') }}
{%- endmacro %}

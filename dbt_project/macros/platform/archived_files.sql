{# What the catalogue says is readable, looked up when a model is built. Copies of rows that are also hot count there. #}

{#
    The files of a table, oldest first, and the number of the last change to its archive (0 where there was none):
        {% set archived = archived_files('orders') %}  read_parquet([{{ archived.paths | join(', ') }}])
    One statement sees both at one moment: a unit that commits in between must not be missing from a list that
    carries its number. By years they come with a range, where each file of the year is known to have one of `times`, as
    its time column is called or was. Compiling all models, as the docs and the linter do, asks nobody.
#}
{% macro archived_files(table, kind='analytics', times=[]) %}
    {%- set archived = {'revision': 0, 'paths': [], 'years': {}} -%}
    {%- set is_asked = flags.WHICH in ('run', 'build', 'test', 'show')
        or (flags.WHICH == 'compile' and model.resource_type == 'analysis') -%}
    {%- set known = [] -%}
    {%- for time in times -%}
        {%- do known.append("contains(cast(statistics as varchar), '\"" ~ time | replace("'", "''") ~ "\":')") -%}
    {%- endfor -%}
    {%- if execute and target.type == 'duckdb' and is_asked -%}
        {%- set found = run_query(
            "select latest.revision, archived_file(files.path, files.sha256), files.year, bool_and(files.has_time) over of_year, "
            ~ "strftime(min(files.lo) over of_year, '%Y-%m-%d'), strftime(max(files.hi) over of_year, '%Y-%m-%d') "
            ~ "from (select coalesce(max(revision), 0) as revision from " ~ archive_catalog() ~ ".revisions where "
            ~ archive_of(table, kind) ~ ") as latest left join (select path, sha256, part_day, "
            ~ "year(lo at time zone 'UTC') as year, lo at time zone 'UTC' - interval 2 days as lo, "
            ~ "hi at time zone 'UTC' + interval 3 days as hi, coalesce(" ~ (known | join(' or ') or 'false') ~ ", false) as has_time from "
            ~ archive_catalog() ~ ".readable_files where not also_hot and " ~ archive_of(table, kind)
            ~ ") as files on true window of_year as (partition by files.year) order by files.part_day, files.path"
        ) -%}
        {%- for revision, path, year, has_time, low, high in found.rows -%}
            {%- do archived.update(revision=revision | int) -%}
            {%- if path -%}
                {%- set path = "'" ~ path | replace("'", "''") ~ "'" -%}
                {%- do archived.paths.append(path) -%}
                {%- set part = {'paths': [], 'low': low if has_time, 'high': high} -%}
                {%- do archived.years.setdefault(year | int, part).paths.append(path) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(archived) }}
{% endmacro %}

{#
    Their rows as they lie there, under a shape that the caller tells: DuckDB opens no file to find one out. The files of
    one year stand under a range, which a filter on time is compared with before any is opened. No row lies two days
    outside of what its unit says, in whichever zone its time is written.
        {% call archived_rows(archived, 'ordered_at', 'timestamptz') %} 'order_id': {name: 'order_id', …}, … {% endcall %}
#}
{% macro archived_rows(archived, time, type) -%}
    {%- set shape = caller() -%}
    {%- for part in archived.years.values() %}
    select *
    from read_parquet(
        [{{ part.paths | join(', ') }}],
        schema = map { {{- shape }}
        },
        -- Least and greatest value as a file tells them leave NaN out: without a word DuckDB leaves its rows out too.
        can_have_nan = true
    )
    {%- if part.low %}
    where {{ time }} >= cast('{{ part.low }} 00:00:00+00' as {{ type }}) and {{ time }} < cast('{{ part.high }} 00:00:00+00' as {{ type }})
    {%- endif %}
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro archive_catalog() %}{{ return(adapter.quote(env_var('PGDATABASE', 'postgres')) ~ '.archive_catalog') }}{% endmacro %}

{#
    In which schema the catalogue knows the table: that of its write model, which in a run that is deferred to production
    is production's.
#}
{% macro archive_of(table, kind) %}
    {%- set schema = ref(prefixed(table)).schema if kind == 'analytics' else target.schema -%}
    {{- return("schema_name = '" ~ schema ~ "' and table_name = '" ~ table ~ "' and kind = '" ~ kind ~ "'") -}}
{% endmacro %}

{# A condition that is true while the archive is at the revision the view was built from, and an error once it is not. #}
{% macro is_current(table, revision, kind='analytics') -%}
    (
        select
            case
                when coalesce(max(revision), 0) = {{ revision }} then true
                else error(
                    '{{ this.identifier }} is behind the archive. Nothing is wrong with the data; run:'
                    || ' dbt build --target duckdb --select archive_{{ table }}+'
                )
            end
        from {{ archive_catalog() }}.revisions
        where {{ archive_of(table, kind) }}
    )
{%- endmacro %}

{# The same on whichever engine builds the model: on Spark, that the archive has not moved on since it was handed over. #}
{% macro archive_is_current(table) -%}
    {%- if target.type == 'spark' -%}
        {{ handover_is_current(table) }}
    {%- else -%}
        {{ is_current(table, archived_files(table).revision) }}
        {%- set columns = hot_columns(table) %}
        {%- if columns %}
    and {{ has_same_types(table, columns) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Of a table in PostgreSQL which columns it has, each as 'name type'. Asked when a model is built, as archived_files() does. #}
{% macro hot_columns(table) %}
    {%- set is_asked = flags.WHICH in ('run', 'build', 'test', 'show') -%}
    {%- if not (execute and target.type == 'duckdb' and is_asked) -%} {{ return([]) }} {%- endif -%}
    {%- set question = "select " ~ written_column() ~ " as said" ~ columns_of_table(table) ~ " order by 1" -%}
    {%- set found = run_query("select said from " ~ asked_of_postgres(question)) -%}
    {{ return(found.columns[0].values() | list) }}
{% endmacro %}

{#
    True while these columns have the types they had, and an error once one of them has another: hot values of a wider one
    would be rounded. A column that is added is no matter.
#}
{% macro has_same_types(table, columns) -%}
    {%- set listed = [] -%}
    {%- for column in columns -%} {%- do listed.append(dbt.string_literal(dbt.escape_single_quotes(column))) -%} {%- endfor -%}
    {%- set question = "select count(*) = " ~ columns | length ~ " as is_same" ~ columns_of_table(table)
        ~ " and " ~ written_column() ~ " in (" ~ listed | join(', ') ~ ")" -%}
    (
        select
            case
                when is_same then true
                else error(
                    '{{ this.identifier }} is behind its table, a column of which has another type. Nothing is wrong with the data; run:'
                    || ' dbt build --target duckdb --select archive_{{ table }}+'
                )
            end
        from {{ asked_of_postgres(question) }}
    )
{%- endmacro %}

{% macro written_column() %}{{ return("a.attname || ' ' || format_type(a.atttypid, a.atttypmod)") }}{% endmacro %}

{% macro columns_of_table(table) %}
    {%- set place = adapter.quote(ref(prefixed(table)).schema) ~ '.' ~ adapter.quote(table) -%}
    {{- return(" from pg_catalog.pg_attribute as a where a.attrelid = to_regclass('" ~ place ~ "')"
        ~ " and a.attnum > 0 and not a.attisdropped") -}}
{% endmacro %}

{% macro asked_of_postgres(question) %}
    {{- return("postgres_query('" ~ env_var('PGDATABASE', 'postgres') ~ "', '" ~ question | replace("'", "''") ~ "')") -}}
{% endmacro %}

{# An expression that ends the query with these words, as the engine calls it. #}
{% macro sql_error(problem) -%}
    {{ 'raise_error' if target.type == 'spark' else 'error' }}({{ dbt.string_literal(dbt.escape_single_quotes(problem)) }})
{%- endmacro %}

{# The hot half of a table under the columns and casts of the lake. dbt knows it through the write model. #}
{% macro lake_view(table) -%}
    {{- api.Relation.create(
        database=database_of('postgres'), schema=ref(prefixed(table)).schema, identifier=table ~ '__lake'
    ) -}}
{%- endmacro %}

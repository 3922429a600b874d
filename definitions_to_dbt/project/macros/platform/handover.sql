{#
    Spark and Sail read what `archive-jobs handover` wrote: hot rows as Parquet and the list of files that count, seen in one
    moment. Where it lies is said by ARCHIVE_HANDOVER, in the engine's own words for the place.
#}

{# What the handover says of a table, by half: cold, hot, and guard. Compiling asks nobody. #}
{% macro handover_of(table, half) %}
    {%- set found = [] -%}
    {%- if execute and target.type == 'spark' and flags.WHICH in ('run', 'build', 'test', 'show') -%}
        {%- if not env_var('ARCHIVE_HANDOVER', '') -%}
            {{ exceptions.raise_compiler_error(
                "ARCHIVE_HANDOVER is not set. Nothing was changed; run: archive-jobs handover, and set it to what that prints."
            ) }}
        {%- endif -%}
        {%- set query = "select number, location, declared, selected, files, bytes, revision, handed_over_at from parquet.`"
            ~ env_var('ARCHIVE_HANDOVER') ~ "/index.parquet` where table_name = '" ~ table ~ "' and half = '" ~ half
            ~ "' order by number" -%}
        {%- do found.extend(run_query(query).rows) -%}
        {%- if not found -%}
            {{ exceptions.raise_compiler_error(
                table ~ " was not handed over. Nothing was changed; run: archive-jobs handover, and set ARCHIVE_HANDOVER"
                ~ " to what that prints."
            ) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{# The lake's root as the engine names it: the handover lies in it, under schema, _handover and its own name. #}
{% macro handover_root() %}{{ return(env_var('ARCHIVE_HANDOVER', '').rstrip('/').rsplit('/', 3)[0] ~ '/') }}{% endmacro %}

{#
    One half of a table as a relation:     from {{ handed_over('orders', 'cold') }} as files
    A file is read through a table that declares its shape, made once and never dropped: nothing here can remove a file.
#}
{% macro handed_over(table, half) %}
    {%- set branches = [] -%}
    {%- for number, location, declared, selected, files, bytes, revision, at in handover_of(table, half) -%}
        {%- if files | int == 0 -%}
            {%- do branches.append('select ' ~ selected ~ ' where false') -%}
        {%- else -%}
            {%- set place = handover_root() ~ location -%}
            {%- set shape = table ~ '__' ~ half ~ '_' ~ local_md5(place ~ declared)[:16] -%}
            {%- do run_query('create table if not exists ' ~ target.schema ~ '.' ~ shape ~ ' (' ~ declared
                ~ ") using parquet location '" ~ place ~ "'") -%}
            {%- do branches.append('select ' ~ selected ~ ' from ' ~ target.schema ~ '.' ~ shape) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return('(\n    ' ~ (branches or ['select null as not_compiled']) | join('\n    union all\n    ') ~ '\n)') -}}
{% endmacro %}

{#
    A condition that is true while the archive's commit records are as many as when the table was handed over, and every file
    is there with its length; an error once it is not so. Listing is all it takes.
#}
{% macro handover_is_current(table) -%}
    {%- set listed, expected = [], {'records': 0, 'files': 0, 'bytes': 0} -%}
    {%- for number, location, declared, selected, files, bytes, revision, at in handover_of(table, 'guard') -%}
        {%- set what = 'record' if number | int == 0 else 'file' -%}
        {%- if number | int == 0 -%}
            {%- do expected.update(records=files | int) -%}
        {%- else -%}
            {%- do expected.update(files=expected.files + (files | int), bytes=expected.bytes + (bytes | int)) -%}
        {%- endif -%}
        {%- do listed.append("select '" ~ what ~ "' as what, length from " ~ objects_at(table, handover_root() ~ location)) -%}
    {%- endfor -%}
    (
        select
            case
                when count_if(what = 'record') <> {{ expected.records }} then raise_error(
                    '{{ this.identifier }} is behind the archive. Nothing is wrong with the data; run: archive-jobs handover,'
                    || ' set ARCHIVE_HANDOVER to what it prints, dbt build --target spark --select archive_{{ table }}+'
                )
                when
                    count_if(what = 'file') <> {{ expected.files }}
                    or coalesce(sum(case when what = 'file' then length end), 0) <> {{ expected.bytes }} then raise_error(
                    'files that were handed over for {{ this.identifier }} are gone or are others. No answer is given; run:'
                    || ' archive-jobs verify, then archive-jobs handover'
                )
                else true
            end
        from (
            {{ (listed or ["select 'none' as what, 0 as length"]) | join('\n            union all\n            ') }}
        ) as listed
    )
{%- endmacro %}

{#
    A listing of objects. Spark remembers what it listed for a table as long as a session lives, so there the path itself is
    asked; Sail loses the quotes around a path in a view, and remembers nothing, so there it is a table.
#}
{% macro objects_at(table, place) %}
    {%- if not is_sail() -%}{{ return('binaryFile.`' ~ place ~ '`') }}{%- endif -%}
    {%- set name = target.schema ~ '.' ~ table ~ '__list_' ~ local_md5(place)[:16] -%}
    {%- do run_query('create table if not exists ' ~ name ~ ' (path string, modificationTime timestamp, length bigint,'
        ~ " content binary) using binaryFile location '" ~ place ~ "'") -%}
    {{ return(name) }}
{% endmacro %}

{# Apache Spark says its commit after its version, Sail does not. #}
{% macro is_sail() %}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {{ return(' ' not in run_query('select version() as version').columns[0].values()[0]) }}
{% endmacro %}

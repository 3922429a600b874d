{#
    on-run-start: make or change the tables that the selected models write into. dbt only writes rows into them, so
    that keys, defaults and partitions are ours and a full refresh cannot drop them. First all tables are compared with
    their definitions; only if every one of them can become what its definition says is anything changed.
#}
{% macro prepare_layers() %}
    {%- if execute and target.type == 'postgres' and flags.WHICH in ('run', 'build') -%}
        {%- do run_query(create_platform(target.schema) ~ '; commit') -%}
        {%- do run_query(create_archive_catalog() ~ '; commit') -%}
        {%- set tables = object_tables() -%}
        {%- do refuse_impossible_shapes(tables) -%}
        {%- for table in tables -%}
            {#- A transaction of its own: nobody waits for one table because of another. -#}
            {%- do run_query(context['create_' ~ table](target.schema) ~ '; commit') -%}
            {#- dbt filled its cache before this hook ran; without a note it would try to create them itself. -#}
            {%- for name in [table, table ~ '_versions', 'rejected_' ~ table] -%}
                {%- do adapter.cache_added(api.Relation.create(
                    database=target.database, schema=target.schema, identifier=name, type='table')) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{# The write models that the selection needs, each once. #}
{% macro object_tables() %}
    {%- set tables = [] -%}
    {%- for unique_id in selected_resources -%}
        {%- set node = graph.nodes.get(unique_id) -%}
        {%- set table = node.config.meta.get('object_table') if node and node.resource_type == 'model' -%}
        {%- if table and table not in tables and node.config.meta.get('engine') == 'postgres' -%}
            {%- do tables.append(table) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{# One message for all tables that cannot become what their definitions say. #}
{% macro refuse_impossible_shapes(tables) %}
    {%- set questions = [] -%}
    {%- for table in tables -%}
        {%- do questions.append(
            'select ' ~ target.schema ~ ".shape_problem('" ~ table ~ "', $shape$" ~ context['shape_of_' ~ table]() ~ '$shape$) as problem'
        ) -%}
    {%- endfor -%}
    {%- if questions -%}
        {%- set found = run_query(
            'select problem from (' ~ questions | join(' union all ') ~ ') as asked where problem is not null'
        ) -%}
        {%- if found.rows | length > 0 -%}
            {{ exceptions.raise_compiler_error(found.columns[0].values() | join('\n')) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

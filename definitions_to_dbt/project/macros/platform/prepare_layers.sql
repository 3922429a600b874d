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
        {%- do let_readers_in() -%}
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

{# One message for all tables that cannot become what their definitions say; a note where one stays as it is. #}
{% macro refuse_impossible_shapes(tables) %}
    {%- set shapes = [] -%}
    {%- for table in tables -%}
        {%- do shapes.append("('" ~ table ~ "', $shape$" ~ context['shape_of_' ~ table]() ~ '$shape$::jsonb)') -%}
    {%- endfor -%}
    {%- if shapes -%}
        {%- set found = run_query(said_of_shapes(shapes | join(', '))).rows -%}
        {%- set problems = found | map(attribute='problem') | select | list -%}
        {%- if problems -%}
            {{ exceptions.raise_compiler_error(problems | join('\n')) }}
        {%- endif -%}
        {%- for note in found | map(attribute='note') | select -%}
            {%- do exceptions.warn(note) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro said_of_shapes(shapes) %}
    select
        coalesce(
            {{ target.schema }}.rename_problem(of_table, shape ->> 'renamed_from'),
            {{ target.schema }}.shape_problem(of_table, shape),
            {{ target.schema }}.layout_problem(of_table, shape ->> 'layout')
        ) as problem,
        {{ target.schema }}.layout_note(of_table, shape ->> 'layout') as note
    from (values {{ shapes }}) as asked (of_table, shape)
{% endmacro %}

{# Who is granted a read model needs the schema too. A role that is missing is one message, before anything is built. #}
{% macro let_readers_in() %}
    {%- set roles = [] -%}
    {%- for unique_id in selected_resources if unique_id in graph.nodes -%}
        {%- set select = graph.nodes[unique_id].config.get('grants', {}).get('select', []) -%}
        {%- for role in ([select] if select is string else select) if role not in roles -%}
            {%- do roles.append(role) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if roles -%}
        {%- set listed = "array['" ~ roles | sort | join("', '") ~ "']" -%}
        {%- set missing = run_query(
            'select role from unnest(' ~ listed ~ ") as role where not exists ("
            ~ 'select from pg_roles where rolname = role)'
        ).columns[0].values() -%}
        {%- if missing -%}
            {{ exceptions.raise_compiler_error(
                'the definitions name readers that this server does not have: ' ~ missing | join(', ')
                ~ '. Nothing was changed. Run `create role ' ~ missing[0] ~ '`, or take it out of `readers`.'
            ) }}
        {%- endif -%}
        {%- do run_query('select ' ~ target.schema ~ '.let_readers_in(' ~ listed ~ '); commit') -%}
    {%- endif -%}
{% endmacro %}

{# One project, two engines: each model says in config.meta.engine which of them builds it. #}

{# on-run-start: stop before anything runs where the selection holds models of the other engine. #}
{% macro assert_engine() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') -%}
        {%- if not modules.re.fullmatch('[a-z_][a-z0-9_]{0,62}', target.schema) -%}
            {{ exceptions.raise_compiler_error(
                "ANALYTICS_SCHEMA is '" ~ target.schema ~ "'; expected small letters, digits and underscores."
                ~ " Nothing was changed."
            ) }}
        {%- endif -%}
        {%- set foreign = [] -%}
        {%- for unique_id in selected_resources -%}
            {%- set node = graph.nodes.get(unique_id) -%}
            {%- if node and node.resource_type in ('model', 'seed') and not is_built_here(node) -%}
                {%- do foreign.append(node.name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if foreign -%}
            {{ exceptions.raise_compiler_error(
                "target '" ~ target.name ~ "' is " ~ target.type ~ ", which does not build " ~ foreign | sort | join(', ')
                ~ ". Nothing was changed. Use the other target, or no --select: each target has its own default selection."
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# Spark builds what reads the archive alone, from what was handed over to it, and marts over that which say so. #}
{% macro is_built_here(node) %}
    {%- set engine = node.config.meta.get('engine', target.type) -%}
    {%- if target.type == 'spark' -%}
        {%- set reads_archive = 'layer2a_archive' in node.fqn or node.config.meta.get('also_on') == 'spark' -%}
        {{ return(engine == 'spark' or (engine == 'duckdb' and reads_archive)) }}
    {%- endif -%}
    {{ return(engine == target.type) }}
{% endmacro %}

{# The database in which an engine's models stand, as both engines name it. #}
{% macro database_of(engine) %}
    {%- if target.type == 'spark' -%}{{ return(none) }}{%- endif -%}
    {%- if engine == 'duckdb' and target.type == 'duckdb' -%}{{ return(target.database) }}{%- endif -%}
    {{ return(env_var('PGDATABASE', 'postgres')) }}
{% endmacro %}

{# dbt asks this for every node: DuckDB's own models live in the DuckDB file, all else in PostgreSQL. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {{- return(database_of(node.config.meta.get('engine', 'postgres') if node else 'postgres')) -}}
{%- endmacro %}

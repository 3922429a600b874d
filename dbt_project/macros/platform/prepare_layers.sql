{#
    on-run-start: make or widen the tables that the selected models write into. dbt only writes rows into them, so
    that keys, defaults and partitions are ours and a full refresh cannot drop them.
#}
{% macro prepare_layers() %}
    {%- if execute and target.type == 'postgres' and flags.WHICH in ('run', 'build') -%}
        {%- do run_query(create_platform(target.schema)) -%}
        {%- do run_query(create_archive_catalog()) -%}
        {%- set done = [] -%}
        {%- for unique_id in selected_resources -%}
            {%- set node = graph.nodes.get(unique_id) -%}
            {%- set table = node.config.meta.get('object_table') if node and node.resource_type == 'model' -%}
            {%- if table and table not in done and node.config.meta.get('engine') == 'postgres' -%}
                {%- do done.append(table) -%}
                {%- do run_query(context['create_' ~ table](target.schema)) -%}
                {#- dbt filled its cache before this hook ran; without a note it would try to create them itself. -#}
                {%- for name in [table, table ~ '_versions', 'rejected_' ~ table] -%}
                    {%- do adapter.cache_added(api.Relation.create(
                        database=target.database, schema=target.schema, identifier=name, type='table')) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#
    Every raw record of an object, hot and archived, each once. For analyses on the DuckDB target:
        from {{ raw_records(source('commerce', 'source_orders')) }} as records
    Payloads that were sealed for their subject come as they lie in the lake; `archive-jobs sql` opens them for who has the key.
#}
{% macro raw_records(source_relation) -%}
    {%- set table = source_relation.identifier | replace('source_', '', 1) -%}
    {%- set archived = archived_files(table, 'source') -%}
    (
        select *
        from (
            select
                raw_seq,
                raw_id,
                cast(raw_data as varchar) as raw_data,
                raw_bytes,
                raw_sha256,
                ingested_at,
                source_system,
                source_file
            from {{ source_relation }}
            where archived_in is null
            {% if archived.paths %}
            union all by name
            select
                raw_seq,
                raw_id,
                cast(raw_data as varchar) as raw_data,
                raw_bytes,
                raw_sha256,
                ingested_at,
                source_system,
                source_file
            from read_parquet([{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false)
            {% endif %}
        ) as hot_and_archived
        -- Over both: hot rows are left out by the archive's own mark, also of what was archived since.
        where (
            select
                case
                    when coalesce(max(revision), 0) = {{ archived.revision }} then true
                    else error('the archive of {{ source_relation.identifier }} has moved on; compile the query again')
                end
            from {{ archive_catalog() }}.revisions
            where {{ archive_of(table, 'source') }}
        )
    )
{%- endmacro %}

{{ config(materialized='view') }}

-- One row per row of << table >> that was ever archived, corrections and marks of deletion included.
-- << notice >>
-- depends_on: {{ ref('<< table >>') }}
{% set files = archived_files('<< table >>') %}
select
<% for column in columns %>
    cast(<< column.name | q >> as << column.lake_type >>) as << column.name | q >><< "," if not loop.last >>
<% endfor %>
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
<% for column in columns %>
        null::<< column.lake_type >> as << column.name | q >><< "," if not loop.last >>
<% endfor %>
    where false
{% if files %}
    union all by name
    select *
    from read_parquet([{{ files | join(', ') }}], union_by_name = true, hive_partitioning = false)
{% endif %}
) as files
where {{ is_current('<< table >>') }}

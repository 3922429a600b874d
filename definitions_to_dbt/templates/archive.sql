{{ config(materialized='view') }}

-- One row per row of << table >> that was ever archived, corrections and marks of deletion included.
-- << notice >>
-- depends_on: {{ ref('<< table >>') }}
{% set files = archived_files('<< table >>') %}
{% if files %}
select
<% for column in columns %>
    cast(<< column.name | q >> as << column.written_type >>) as << column.name | q >><< "," if not loop.last >>
<% endfor %>
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
<% for column in columns %>
        null::<< column.written_type >> as << column.name | q >><< "," if not loop.last >>
<% endfor %>
    where false
    union all by name
    select *
    from read_parquet([{{ files | join(', ') }}], union_by_name = true, hive_partitioning = false)
) as files
where {{ is_current('<< table >>') }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
<% for column in columns %>
    cast(case when guard.is_current then null end as << column.written_type >>) as << column.name | q >><< "," if not loop.last >>
<% endfor %>
from (select {{ is_current('<< table >>') }} as is_current) as guard
where not guard.is_current
{% endif %}

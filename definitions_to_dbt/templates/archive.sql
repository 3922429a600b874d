{{ config(materialized='view') }}

-- One row per row of << table >> that was ever archived, corrections and marks of deletion included.
-- << notice >>
-- depends_on: {{ ref('<< table >>') }}
{% if target.type == 'spark' %}
select
<% for name in spark_columns %>
    << name >><< "," if not loop.last >>
<% endfor %>
from {{ handed_over('<< table >>', 'cold') }} as files
where {{ handover_is_current('<< table >>') }}
{% else %}
{% set archived = archived_files('<< table >>', times=<< times >>) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
select
<% for column in columns %>
    cast(case when guard.is_current then null end as << column.written_type >>) as << column.name | q >><< "," if not loop.last >>
<% endfor %>
from (select {{ is_current('<< table >>', archived.revision) }} as is_current) as guard
where not guard.is_current
{% if archived.paths %}
union all
select
    << casts >>
from (
    {%- call archived_rows(archived, '<< time >>', '<< time_type >>') %}
        << shape >>
    {%- endcall %}
) as files
where {{ is_current('<< table >>', archived.revision) }}
{% endif %}
{% endif %}

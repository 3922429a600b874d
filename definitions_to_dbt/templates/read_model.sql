{{ config(materialized='view') }}

-- << grain >> What readers see: no deleted rows, personal data only as its owner allows.
-- << notice >>
select
<% for column in columns %>
    << column >>,
<% endfor %>
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('<< table >>') }}
where not _deleted

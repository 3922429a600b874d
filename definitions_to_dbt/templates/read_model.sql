{{ config(materialized='view') }}

-- << grain >> What readers see: no deleted rows, personal data only as its owner allows.
-- << notice >>
<% if joins %>
with << table | q >> as (
    select *
    from {{ ref('<< table >>') }}
    where not _deleted
),

<% for join in joins %>
<% if not join.is_held_to_one_row %>
-- The newest of each: that << join.key >> is unique is tested, not enforced.
<% endif %>
<< join.alias >> as (
<% if join.is_held_to_one_row %>
    select
<% else %>
    select distinct on (<< join.key >>)
<% endif %>
<% for name in join.columns %>
        << name >><< "," if not loop.last >>
<% endfor %>
    from {{ ref('<< join.table >>') }}
    where not _deleted
<% if not join.is_held_to_one_row %>
    order by << join.key >>, _source_order desc, _raw_seq desc
<% endif %>
)<< "," if not loop.last >>

<% endfor %>
<% endif %>
select
<% for column in columns %>
    << column.sql >>,
<% endfor %>
<% if joins %>
    << table | q >>._loaded_at,
    << table | q >>._quality_issues,
    << table | q >>._quality_score
from << table | q >>
<% for join in joins %>
left join << join.alias >>
<% if join.on | length == 1 %>
    on << join.on[0] >>
<% else %>
    on
<% for pair in join.on %>
        << "and " if not loop.first >><< pair >>
<% endfor %>
<% endif %>
<% endfor %>
<% else %>
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('<< table >>') }}
where not _deleted
<% endif %>

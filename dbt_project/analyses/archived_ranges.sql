-- One row per table and kind of archive: from when to when its rows stand in the lake, and when they were last checked.
select
    files.table_name,
    files.kind,
    cast(min(files.lo) at time zone 'UTC' as date) as first_day,
    cast((max(files.hi) - interval 1 microsecond) at time zone 'UTC' as date) as last_day,
    count(*) as file_count,
    cast(sum(files.rows) as bigint) as row_count,
    cast(sum(files.bytes) as bigint) as byte_count,
    -- The oldest check of any of its units. Null: one of them was never checked after it had been written.
    case when count(*) = count(units.verified_at) then min(units.verified_at) end as all_verified_since
from {{ archive_catalog() }}.readable_files as files
inner join {{ archive_catalog() }}.units as units on files.unit_id = units.unit_id
where files.schema_name = '{{ target.schema }}'
group by files.table_name, files.kind
order by files.table_name, files.kind

-- The files that count. Rows of a file that is also_hot stand in PostgreSQL too and count there: it is a copy.
-- Others read this and nothing else. A new column comes last: the view is replaced, not made anew.
create or replace view archive_catalog.readable_files as
select
    unit.schema_name,
    unit.table_name,
    unit.kind,
    unit.unit_id,
    file.path,
    file.part_day,
    file.row_count as "rows",
    file.byte_count as "bytes",
    file.sha256,
    unit.lo,
    unit.hi,
    unit.active_from as known_from,
    unit.mode = 'keep' as also_hot,
    file.first_time,
    file.last_time,
    file.statistics,
    file.shape
from archive_catalog.units as unit
inner join archive_catalog.files as file on unit.active_attempt = file.attempt_id
where unit.state = 'active';

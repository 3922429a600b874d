-- The number of the last change to each table's archive.
create or replace view archive_catalog.revisions as
select schema_name, table_name, kind, last_commit_seq as revision
from archive_catalog.table_guards
where last_commit_seq > 0;

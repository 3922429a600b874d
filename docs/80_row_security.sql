-- A second wall for what is hot: the role as which the service reads (ARCHIVE_API_DATABASE_ROLE=archive_api) sees rows of
-- the tenant alone that the service has named for the transaction, whatever else is asked. Give the role a way to log in,
-- repeat the last three statements for each table with a tenant_column, and name that column. Whoever else reads the
-- table needs to see all of it: the archiver refuses a table of which rows are hidden from it, so its role owns the
-- table and has BYPASSRLS, or is a superuser.
create role archive_api login nosuperuser nobypassrls;
grant usage on schema analytics_service, archive_catalog to archive_api;
grant select on all tables in schema analytics_service, archive_catalog to archive_api;
revoke select on analytics_service.token_key from archive_api;
revoke select on archive_catalog.api_tokens from archive_api;
alter table analytics_service.scor_metrics enable row level security;
alter table analytics_service.scor_metrics force row level security;
create policy archive_api_sees_its_tenant on analytics_service.scor_metrics for select to archive_api
using (
    current_setting('archive_jobs.tenant', true) = ''
    or tenant_id::text = current_setting('archive_jobs.tenant', true)
);

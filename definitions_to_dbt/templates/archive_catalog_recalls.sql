-- Checked copies of archived ranges, each in a schema of its own that goes when its time is over. They never count.
create table if not exists archive_catalog.recalls (
    recall_id uuid primary key,
    schema_name text not null,
    table_name text not null,
    kind text not null check (kind in ('analytics', 'source')),
    recalled_schema text not null,
    lo timestamptz,
    hi timestamptz,
    units integer not null,
    row_count bigint not null,
    recalled_at timestamptz not null default now(),
    recalled_by text not null default current_user,
    expires_at timestamptz not null,
    dropped_at timestamptz,
    dropped_because text
);
-- A schema that a command needs for itself while it works: the next of its kind drops what one that died has left.
alter table archive_catalog.recalls add column if not exists schema_oid oid;
alter table archive_catalog.recalls add column if not exists is_scratch boolean not null default false;
-- Lines of the ledgers of loads and batches that stand in the lake.
create table if not exists archive_catalog.told_ledger (
    schema_name text not null,
    ledger text not null,
    line text not null,
    primary key (schema_name, ledger, line)
);
create unique index if not exists recalls_one_per_schema
on archive_catalog.recalls (recalled_schema) where dropped_at is null;

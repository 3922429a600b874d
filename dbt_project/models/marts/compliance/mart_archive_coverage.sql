{{ config(materialized='table') }}

-- One row per table and kind of archive that has a policy of its own, anything in the archive, or rows past their retention.
with policy_versions as (
    select
        table_name,
        kind,
        nullif(cast(policy as varchar), 'null') as policy,
        proposed_by,
        version
    from {{ source('archive_catalog', 'policies') }}
    where schema_name = '{{ target.schema }}' and table_name <> '*'
    qualify row_number() over (partition by table_name, kind order by version desc) = 1
),

units as (
    select
        unit_id,
        table_name,
        kind,
        state,
        mode,
        lo,
        hi,
        row_count,
        active_from
    from {{ source('archive_catalog', 'units') }}
    where schema_name = '{{ target.schema }}'
),

files as (
    select
        files.unit_id,
        files.byte_count,
        files.verified_at
    from {{ source('archive_catalog', 'files') }} as files
    inner join {{ source('archive_catalog', 'readable_files') }} as readable on files.path = readable.path
),

files_of_units as (
    select
        unit_id,
        count(*) as file_count,
        sum(byte_count) as byte_count,
        count(*) filter (where verified_at is null) as unverified_file_count,
        min(verified_at) as oldest_verified_at
    from files
    group by unit_id
),

holds as (
    select
        table_name,
        kind,
        lo,
        hi
    from {{ source('archive_catalog', 'holds') }}
    where schema_name = '{{ target.schema }}' and released_at is null
),

-- A hold on one person's rows binds every unit that may have some: nobody looks into files to find out.
held_units as (
    select units.unit_id
    from units
    where
        units.state = 'active'
        and exists (
            select 1
            from holds
            where
                coalesce(holds.table_name = units.table_name, true)
                and coalesce(holds.kind = units.kind, true)
                and coalesce(holds.lo < units.hi, true)
                and coalesce(holds.hi > units.lo, true)
        )
),

archived as (
    select
        units.table_name,
        units.kind,
        count(*) filter (where units.state = 'active') as unit_count,
        count(*) filter (where units.state = 'open') as unfinished_unit_count,
        count(*) filter (where units.state = 'restored') as restored_unit_count,
        count(held_units.unit_id) as held_unit_count,
        sum(units.row_count) filter (where units.state = 'active') as archived_row_count,
        sum(units.row_count) filter (where units.state = 'active' and units.mode = 'keep') as copied_row_count,
        min(units.lo) filter (where units.state = 'active') as archived_from,
        max(units.hi) filter (where units.state = 'active') as archived_until,
        max(units.active_from) filter (where units.state = 'active') as last_archived_at,
        sum(files_of_units.file_count) as file_count,
        sum(files_of_units.byte_count) as byte_count,
        sum(files_of_units.unverified_file_count) as unverified_file_count,
        min(files_of_units.oldest_verified_at) as oldest_verified_at
    from units
    left join files_of_units on units.unit_id = files_of_units.unit_id
    left join held_units on units.unit_id = held_units.unit_id
    group by units.table_name, units.kind
),

past_retention as (
    select
        table_name,
        archive_kind,
        row_count,
        oldest_at
    from {{ source('platform', 'rows_past_retention') }}
),

named as (
    select
        table_name,
        kind
    from archived
    union
    select
        table_name,
        kind
    from policy_versions
    union
    select
        table_name,
        archive_kind
    from past_retention
),

tables as (
    select
        table_name,
        object_code,
        owner
    from {{ ref('layer1_object_models') }}
)

select
    named.table_name,
    named.kind as archive_kind,
    tables.object_code,
    tables.owner,
    policy_versions.policy is not null as has_policy,
    policy_versions.proposed_by as policy_proposed_by,
    policy_versions.policy ->> '$.retention' as retention,
    policy_versions.policy ->> '$.archive_retention' as archive_retention,
    policy_versions.policy ->> '$.legal_minimum' as legal_minimum,
    coalesce(archived.unit_count, 0) as unit_count,
    coalesce(archived.unfinished_unit_count, 0) as unfinished_unit_count,
    coalesce(archived.restored_unit_count, 0) as restored_unit_count,
    coalesce(archived.held_unit_count, 0) as held_unit_count,
    cast(coalesce(archived.archived_row_count, 0) as bigint) as archived_row_count,
    cast(coalesce(archived.copied_row_count, 0) as bigint) as copied_row_count,
    cast(coalesce(archived.file_count, 0) as bigint) as file_count,
    cast(coalesce(archived.byte_count, 0) as bigint) as byte_count,
    archived.archived_from,
    archived.archived_until,
    archived.last_archived_at,
    cast(coalesce(archived.unverified_file_count, 0) as bigint) as unverified_file_count,
    archived.oldest_verified_at,
    cast(coalesce(past_retention.row_count, 0) as bigint) as overdue_row_count,
    past_retention.oldest_at as overdue_since
from named
left join archived on named.table_name = archived.table_name and named.kind = archived.kind
left join policy_versions on named.table_name = policy_versions.table_name and named.kind = policy_versions.kind
left join past_retention
    on named.table_name = past_retention.table_name and named.kind = past_retention.archive_kind
left join tables on named.table_name = tables.table_name

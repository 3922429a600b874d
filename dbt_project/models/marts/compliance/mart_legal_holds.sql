{{ config(materialized='table') }}

-- One row per hold of the register, and per hold of the archive that no hold of the register stands behind.
with register as (
    select
        hold_id,
        tenant_id,
        matter,
        scope_table,
        scope_from,
        scope_to,
        status = 'active' as is_active,
        placed_at,
        released_at
    from {{ ref('legal_hold_read') }}
),

-- Whoever places a hold in the archive for one of the register gives its number as the reason's first word.
archive_holds as (
    select
        hold_id as archive_hold_id,
        regexp_extract(reason, '^[^\s:,]+') as named_hold_id,
        table_name,
        kind,
        lo,
        hi,
        reason,
        released_at is null as is_binding,
        placed_at,
        released_at
    from {{ source('archive_catalog', 'holds') }}
    where schema_name = '{{ target.schema }}'
),

units as (
    select
        unit_id,
        table_name,
        kind,
        lo,
        hi,
        row_count
    from {{ source('archive_catalog', 'units') }}
    where schema_name = '{{ target.schema }}' and state = 'active'
),

paired as (
    select
        coalesce(register.hold_id, cast(archive_holds.archive_hold_id as varchar)) as hold_id,
        register.tenant_id,
        coalesce(register.matter, archive_holds.reason) as matter,
        register.hold_id is not null as is_in_register,
        coalesce(register.scope_table, archive_holds.table_name) as scope_table,
        coalesce(register.scope_from, cast(archive_holds.lo at time zone 'UTC' as date)) as scope_from,
        coalesce(
            register.scope_to, cast((archive_holds.hi - interval 1 microsecond) at time zone 'UTC' as date)
        ) as scope_to,
        coalesce(register.is_active, false) as is_active_in_register,
        coalesce(register.placed_at, archive_holds.placed_at) as placed_at,
        coalesce(register.released_at, archive_holds.released_at) as released_at,
        archive_holds.archive_hold_id,
        coalesce(archive_holds.is_binding, false) as is_binding,
        archive_holds.table_name,
        archive_holds.kind,
        archive_holds.lo,
        archive_holds.hi
    from register
    full outer join archive_holds on register.hold_id = archive_holds.named_hold_id
),

held_units as (
    select distinct
        paired.hold_id,
        units.unit_id,
        units.row_count
    from paired
    inner join units
        on
            coalesce(paired.table_name = units.table_name, true)
            and coalesce(paired.kind = units.kind, true)
            and coalesce(paired.lo < units.hi, true)
            and coalesce(paired.hi > units.lo, true)
    where paired.is_binding
),

held as (
    select
        hold_id,
        count(*) as held_unit_count,
        sum(row_count) as held_row_count
    from held_units
    group by hold_id
),

holds as (
    select
        hold_id,
        any_value(tenant_id) as tenant_id,
        any_value(matter) as matter,
        bool_or(is_in_register) as is_in_register,
        any_value(scope_table) as scope_table,
        min(scope_from) as scope_from,
        max(scope_to) as scope_to,
        bool_or(is_active_in_register) as is_active_in_register,
        bool_or(is_binding) as is_binding,
        count(archive_hold_id) as archive_hold_count,
        min(placed_at) as placed_at,
        max(released_at) as released_at
    from paired
    group by hold_id
)

select
    holds.hold_id,
    holds.tenant_id,
    holds.matter,
    holds.scope_table,
    holds.scope_from,
    holds.scope_to,
    holds.is_in_register,
    holds.is_active_in_register,
    holds.is_binding,
    holds.archive_hold_count,
    coalesce(held.held_unit_count, 0) as held_unit_count,
    cast(coalesce(held.held_row_count, 0) as bigint) as held_row_count,
    holds.placed_at,
    holds.released_at,
    case
        when holds.is_active_in_register and not holds.is_binding then 'not kept by the archive'
        when not holds.is_in_register and holds.is_binding then 'not in the register'
        when holds.is_binding and not holds.is_active_in_register then 'still kept by the archive'
        when holds.is_binding then 'kept'
        else 'released'
    end as finding
from holds
left join held on holds.hold_id = held.hold_id

-- One row per claimed raw record of legal_hold, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/legal_hold.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_legal_hold') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        _payload ->> 'hold_id' as hold_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'matter' as matter,
        _payload ->> 'scope_table' as scope_table,
        nullif(_payload ->> 'scope_from', '') as scope_from,
        nullif(_payload ->> 'scope_to', '') as scope_to,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'placed_at', '') as placed_at,
        nullif(_payload ->> 'placed_by_id', '') as placed_by_id,
        nullif(_payload ->> 'released_at', '') as released_at,
        nullif(_payload ->> 'release_approval_id', '') as release_approval_id,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.hold_id,
        typed.tenant_id,
        typed.matter,
        typed.scope_table,
        typed.scope_from,
        typed.scope_to,
        typed.status,
        typed.placed_at,
        typed.placed_by_id,
        typed.released_at,
        typed.release_approval_id,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('hold_id', 'varchar(40)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('matter', 'varchar(200)', required=true) }},
                {{ cast_fault('scope_table', 'varchar(40)') }},
                {{ cast_fault('scope_from', 'date') }},
                {{ cast_fault('scope_to', 'date') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('placed_at', 'timestamptz', required=true) }},
                {{ cast_fault('placed_by_id', 'uuid', required=true) }},
                {{ cast_fault('released_at', 'timestamptz') }},
                {{ cast_fault('release_approval_id', 'uuid') }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.hold_id', 'varchar(40)') }} as hold_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.matter', 'varchar(200)') }} as matter,
            {{ cast_or_null('sent.scope_table', 'varchar(40)') }} as scope_table,
            {{ cast_or_null('sent.scope_from', 'date') }} as scope_from,
            {{ cast_or_null('sent.scope_to', 'date') }} as scope_to,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.placed_at', 'timestamptz') }} as placed_at,
            {{ cast_or_null('sent.placed_by_id', 'uuid') }} as placed_by_id,
            {{ cast_or_null('sent.released_at', 'timestamptz') }} as released_at,
            {{ cast_or_null('sent.release_approval_id', 'uuid') }} as release_approval_id,
            {{ cast_or_null('sent.updated_at', 'timestamptz') }} as updated_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        hold_id,
        tenant_id,
        matter,
        scope_table,
        scope_from,
        scope_to,
        status,
        placed_at,
        placed_by_id,
        released_at,
        release_approval_id,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (hold_id ~ '^HLD-[0-9]{3,6}$')
                    then 'hold_id: does not fit ^HLD-[0-9]{3,6}$'
            end,
            case
                when not (char_length(matter) between 1 and 200)
                    then 'matter: expected 1 to 200 characters'
            end,
            case
                when not (scope_table ~ '^[a-z_][a-z0-9_]*$')
                    then 'scope_table: does not fit ^[a-z_][a-z0-9_]*$'
            end,
            case
                when not (status in ('active', 'released'))
                    then 'status: expected one of active, released'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (scope_to is null or scope_from is null or scope_to >= scope_from)
                    then 'scope_to: does not hold: scope_to is null or scope_from is null or scope_to >= scope_from'
            end,
            case
                when not (released_at is null or released_at >= placed_at)
                    then 'released_at: does not hold: released_at is null or released_at >= placed_at'
            end,
            case
                when not (released_at is not null or status = 'active')
                    then 'released_at: does not hold: released_at is not null or status = ''active'''
            end,
            case
                when not (release_approval_id is not null or status = 'active')
                    then 'release_approval_id: does not hold: release_approval_id is not null or status = ''active'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    hold_id,
    tenant_id,
    matter,
    scope_table,
    scope_from,
    scope_to,
    status,
    placed_at,
    placed_by_id,
    released_at,
    release_approval_id,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('legal_hold') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 8, 2)::numeric(3, 2) as _quality_score
from judged

-- One row per claimed raw record of partner_central_solution, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/partner_central_solution.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_partner_central_solution') }}
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
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'Id' as solution_id,
        _payload ->> 'Name' as title,
        _payload ->> 'Category' as category,
        _payload ->> 'Status' as status,
        nullif(_payload ->> 'CreatedDate', '') as created_at,
        nullif(_payload, 'null') as payload_json
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.tenant_id,
        typed.solution_id,
        typed.title,
        typed.category,
        typed.status,
        typed.created_at,
        typed.payload_json,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('solution_id', 'varchar(40)', required=true) }},
                {{ cast_fault('title', 'varchar(255)', required=true) }},
                {{ cast_fault('category', 'varchar(80)') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('created_at', 'timestamptz') }},
                {{ cast_fault('payload_json', 'jsonb') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.solution_id', 'varchar(40)') }} as solution_id,
            {{ cast_or_null('sent.title', 'varchar(255)') }} as title,
            {{ cast_or_null('sent.category', 'varchar(80)') }} as category,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.created_at', 'timestamptz') }} as created_at,
            {{ cast_or_null('sent.payload_json', 'jsonb') }} as payload_json
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed._correlation_id,
        typed.tenant_id,
        typed.solution_id,
        typed.title,
        typed.category,
        typed.status,
        typed.created_at,
        typed.payload_json,
        computed.id,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('id', 'varchar(128)', required=true, sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (tenant_id || ':' || solution_id)::text as id
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.id', 'varchar(128)') }} as id
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        id,
        tenant_id,
        solution_id,
        title,
        category,
        status,
        created_at,
        payload_json,
        _cast_faults || array_remove(array[
            case
                when not (solution_id ~ '^S-[0-9A-Z]{7}$')
                    then 'solution_id: does not fit ^S-[0-9A-Z]{7}$'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (status in ('Active', 'Inactive', 'Draft'))
                    then 'status: expected one of Active, Inactive, Draft'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    id,
    tenant_id,
    solution_id,
    title,
    category,
    status,
    created_at,
    payload_json,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('partner_central_solution') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged

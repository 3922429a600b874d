-- One row per claimed raw record of cost_centers, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/finance/cost_centers.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('finance', 'source_cost_centers') }}
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
        _payload ->> 'code' as cost_center_code,
        _payload ->> 'name' as cost_center_name,
        _payload ->> 'parent' as parent_code,
        _payload ->> 'responsible' as responsible_name,
        nullif(_payload ->> 'active', '') as is_active,
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
        typed.cost_center_code,
        typed.cost_center_name,
        typed.parent_code,
        typed.responsible_name,
        typed.is_active,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('cost_center_code', 'varchar(10)', required=true) }},
                {{ cast_fault('cost_center_name', 'varchar(120)', required=true) }},
                {{ cast_fault('parent_code', 'varchar(10)') }},
                {{ cast_fault('responsible_name', 'varchar(120)') }},
                {{ cast_fault('is_active', 'boolean', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.cost_center_code', 'varchar(10)') }} as cost_center_code,
            {{ cast_or_null('sent.cost_center_name', 'varchar(120)') }} as cost_center_name,
            {{ cast_or_null('sent.parent_code', 'varchar(10)') }} as parent_code,
            {{ cast_or_null('sent.responsible_name', 'varchar(120)') }} as responsible_name,
            {{ cast_or_null('sent.is_active', 'boolean') }} as is_active,
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
        cost_center_code,
        cost_center_name,
        parent_code,
        responsible_name,
        is_active,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (cost_center_code ~ '^CC-[0-9]{4}$')
                    then 'cost_center_code: does not fit ^CC-[0-9]{4}$'
            end,
            case
                when not (char_length(cost_center_name) between 1 and 120)
                    then 'cost_center_name: expected 1 to 120 characters'
            end,
            case
                when not (parent_code <> cost_center_code)
                    then 'parent_code: does not hold: parent_code <> cost_center_code'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    cost_center_code,
    cost_center_name,
    parent_code,
    responsible_name,
    is_active,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('cost_centers') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 3, 2)::numeric(3, 2) as _quality_score
from judged

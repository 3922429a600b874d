-- One row per claimed raw record of opportunity_next_step, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/opportunity_next_step.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('partner_central', 'source_opportunity_next_step') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'OpportunityIdentifier' as pc_opportunity_id,
        nullif(_payload #>> '{Step, Time}', '') as noted_at,
        _payload #>> '{Step, Value}' as next_step,
        _payload ->> 'Stage' as stage_at_time,
        _payload ->> 'Side' as noted_by_side
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.tenant_id,
        typed.pc_opportunity_id,
        typed.noted_at,
        typed.next_step,
        typed.stage_at_time,
        typed.noted_by_side,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)', required=true) }},
                {{ cast_fault('noted_at', 'timestamptz', required=true) }},
                {{ cast_fault('next_step', 'text', required=true) }},
                {{ cast_fault('stage_at_time', 'varchar(40)') }},
                {{ cast_fault('noted_by_side', 'varchar(8)', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.noted_at', 'timestamptz') }} as noted_at,
            {{ cast_or_null('sent.next_step', 'text') }} as next_step,
            {{ cast_or_null('sent.stage_at_time', 'varchar(40)') }} as stage_at_time,
            {{ cast_or_null('sent.noted_by_side', 'varchar(8)') }} as noted_by_side
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        tenant_id,
        pc_opportunity_id,
        noted_at,
        next_step,
        stage_at_time,
        noted_by_side,
        _cast_faults || array_remove(array[
            case
                when not (char_length(next_step) between 1 and 4000)
                    then 'next_step: expected 1 to 4000 characters'
            end,
            case
                when not (noted_by_side in ('partner', 'aws'))
                    then 'noted_by_side: expected one of partner, aws'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (pc_opportunity_id ~ '^O[0-9]{1,19}$')
                    then 'pc_opportunity_id: does not fit ^O[0-9]{1,19}$'
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    pc_opportunity_id,
    noted_at,
    next_step,
    stage_at_time,
    noted_by_side,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('opportunity_next_step') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 4, 2)::numeric(3, 2) as _quality_score
from judged

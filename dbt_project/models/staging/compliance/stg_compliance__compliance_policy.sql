-- One row per claimed raw record of compliance_policy, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/compliance/compliance_policy.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('compliance', 'source_compliance_policy') }}
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
        _payload ->> 'policy_id' as policy_id,
        nullif(_payload ->> 'tenant_id', '') as tenant_id,
        _payload ->> 'title' as title,
        _payload ->> 'area' as area,
        _payload ->> 'framework_code' as framework_code,
        _payload ->> 'status' as status,
        nullif(_payload ->> 'owner_user_id', '') as owner_user_id,
        nullif(_payload ->> 'effective_from', '') as effective_from,
        nullif(_payload ->> 'review_due_on', '') as review_due_on,
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
        typed.policy_id,
        typed.tenant_id,
        typed.title,
        typed.area,
        typed.framework_code,
        typed.status,
        typed.owner_user_id,
        typed.effective_from,
        typed.review_due_on,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('policy_id', 'varchar(40)', required=true) }},
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('title', 'varchar(200)', required=true) }},
                {{ cast_fault('area', 'varchar(32)', required=true) }},
                {{ cast_fault('framework_code', 'varchar(32)') }},
                {{ cast_fault('status', 'varchar(16)', required=true) }},
                {{ cast_fault('owner_user_id', 'uuid', required=true) }},
                {{ cast_fault('effective_from', 'date') }},
                {{ cast_fault('review_due_on', 'date', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.policy_id', 'varchar(40)') }} as policy_id,
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.title', 'varchar(200)') }} as title,
            {{ cast_or_null('sent.area', 'varchar(32)') }} as area,
            {{ cast_or_null('sent.framework_code', 'varchar(32)') }} as framework_code,
            {{ cast_or_null('sent.status', 'varchar(16)') }} as status,
            {{ cast_or_null('sent.owner_user_id', 'uuid') }} as owner_user_id,
            {{ cast_or_null('sent.effective_from', 'date') }} as effective_from,
            {{ cast_or_null('sent.review_due_on', 'date') }} as review_due_on,
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
        policy_id,
        tenant_id,
        title,
        area,
        framework_code,
        status,
        owner_user_id,
        effective_from,
        review_due_on,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (policy_id ~ '^POL-[0-9]{3,6}$')
                    then 'policy_id: does not fit ^POL-[0-9]{3,6}$'
            end,
            case
                when not (char_length(title) between 1 and 200)
                    then 'title: expected 1 to 200 characters'
            end,
            case
                when not (area in ('access', 'data_protection', 'retention', 'change', 'vendor', 'incident', 'finance'))
                    then 'area: expected one of access, data_protection, retention, change, vendor, incident, finance'
            end,
            case
                when not (status in ('draft', 'in_force', 'withdrawn'))
                    then 'status: expected one of draft, in_force, withdrawn'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (effective_from is not null or status = 'draft')
                    then 'effective_from: does not hold: effective_from is not null or status = ''draft'''
            end
        ], null) as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    policy_id,
    tenant_id,
    title,
    area,
    framework_code,
    status,
    owner_user_id,
    effective_from,
    review_due_on,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('compliance_policy') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged

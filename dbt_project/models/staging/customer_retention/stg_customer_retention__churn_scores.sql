-- One row per claimed raw record of churn_scores, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('customer_retention', 'source_churn_scores') }}
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
        nullif(_payload ->> 'customer', '') as customer_id,
        _payload ->> 'model' as model_name,
        nullif(_payload ->> 'as_of', '') as scored_on,
        nullif(_payload ->> 'probability', '') as churn_probability,
        _payload #>> '{explain, top_feature}' as top_reason,
        nullif(_payload ->> 'outcome', '') as has_churned,
        nullif(_payload ->> 'scored_at', '') as scored_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.customer_id,
        typed.model_name,
        typed.scored_on,
        typed.churn_probability,
        typed.top_reason,
        typed.has_churned,
        typed.scored_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('customer_id', 'uuid', required=true) }},
                {{ cast_fault('model_name', 'varchar(40)', required=true) }},
                {{ cast_fault('scored_on', 'date', required=true) }},
                {{ cast_fault('churn_probability', 'numeric(6,5)', required=true) }},
                {{ cast_fault('top_reason', 'varchar(60)') }},
                {{ cast_fault('has_churned', 'boolean') }},
                {{ cast_fault('scored_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.model_name', 'varchar(40)') }} as model_name,
            {{ cast_or_null('sent.scored_on', 'date') }} as scored_on,
            {{ cast_or_null('sent.churn_probability', 'numeric(6,5)') }} as churn_probability,
            {{ cast_or_null('sent.top_reason', 'varchar(60)') }} as top_reason,
            {{ cast_or_null('sent.has_churned', 'boolean') }} as has_churned,
            {{ cast_or_null('sent.scored_at', 'timestamptz') }} as scored_at
        limit all offset 0
    ) as typed
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        customer_id,
        model_name,
        scored_on,
        churn_probability,
        top_reason,
        has_churned,
        scored_at,
        _cast_faults || array_remove(array[
            case
                when not (model_name ~ '^[a-z][a-z0-9-]*$')
                    then 'model_name: does not fit ^[a-z][a-z0-9-]*$'
            end,
            case
                when not (churn_probability between 0 and 1)
                    then 'churn_probability: expected 0 to 1'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    customer_id,
    model_name,
    scored_on,
    churn_probability,
    top_reason,
    has_churned,
    scored_at,
    (extract(epoch from scored_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    scored_at as _valid_from,
    _errors || {{ too_long_for_an_index('churn_scores') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged

-- One row per claimed raw record of survey_responses, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('customer_retention', 'source_survey_responses') }}
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
        _payload ->> 'responseId' as response_id,
        nullif(nullif(_payload ->> 'customer', ''), 'anonymous') as customer_id,
        nullif(_payload #>> '{answers, nps}', '') as recommend_score,
        _payload #>> '{answers, why}' as comment,
        nullif(_payload ->> 'endDate', '') as answered_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.response_id,
        typed.customer_id,
        typed.recommend_score,
        typed.comment,
        typed.answered_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('response_id', 'varchar(32)', required=true) }},
                {{ cast_fault('customer_id', 'uuid') }},
                {{ cast_fault('recommend_score', 'smallint', required=true) }},
                {{ cast_fault('comment', 'text') }},
                {{ cast_fault('answered_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.response_id', 'varchar(32)') }} as response_id,
            {{ cast_or_null('sent.customer_id', 'uuid') }} as customer_id,
            {{ cast_or_null('sent.recommend_score', 'smallint') }} as recommend_score,
            {{ cast_or_null('sent.comment', 'text') }} as comment,
            {{ cast_or_null('sent.answered_at', 'timestamptz') }} as answered_at
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed.response_id,
        typed.customer_id,
        typed.recommend_score,
        typed.comment,
        typed.answered_at,
        computed.nps_group,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('nps_group', 'varchar(10)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select (case when recommend_score >= 9 then 'promoter' when recommend_score >= 7 then 'passive' else 'detractor' end)::text as nps_group
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.nps_group', 'varchar(10)') }} as nps_group
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        response_id,
        customer_id,
        recommend_score,
        nps_group,
        comment,
        answered_at,
        _cast_faults || array_remove(array[
            case
                when not (recommend_score between 0 and 10)
                    then 'recommend_score: expected 0 to 10'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    comment,
    answered_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('survey_responses') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 1, 2)::numeric(3, 2) as _quality_score
from judged

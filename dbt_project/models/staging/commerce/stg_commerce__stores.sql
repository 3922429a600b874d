-- One row per claimed raw record of stores, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/commerce/stores.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload

    from {{ source('commerce', 'source_stores') }}
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
        nullif(_payload ->> 'id', '') as store_id,
        _payload ->> 'name' as store_name,
        nullif(_payload ->> 'opened_at', '') as opened_at,
        nullif(_payload ->> 'tax_rate', '') as tax_rate,
        nullif(_payload ->> 'updated_at', '') as updated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        typed.store_id,
        typed.store_name,
        typed.opened_at,
        typed.tax_rate,
        typed.updated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('store_id', 'uuid', required=true) }},
                {{ cast_fault('store_name', 'varchar(80)', required=true) }},
                {{ cast_fault('opened_at', 'timestamptz', required=true) }},
                {{ cast_fault('tax_rate', 'numeric(6,5)', required=true) }},
                {{ cast_fault('updated_at', 'timestamptz', required=true) }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.store_id', 'uuid') }} as store_id,
            {{ cast_or_null('sent.store_name', 'varchar(80)') }} as store_name,
            {{ cast_or_null('sent.opened_at', 'timestamptz') }} as opened_at,
            {{ cast_or_null('sent.tax_rate', 'numeric(6,5)') }} as tax_rate,
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
        store_id,
        store_name,
        opened_at,
        tax_rate,
        updated_at,
        _cast_faults || array_remove(array[
            case
                when not (char_length(store_name) between 1 and 80)
                    then 'store_name: expected 1 to 80 characters'
            end,
            case
                when not (tax_rate between 0 and 0.25)
                    then 'tax_rate: expected 0 to 0.25'
            end
        ], null) as _errors,
        array[]::text[] as _issues
    from typed
)

select
    _raw_seq,
    _raw_id,
    store_id,
    store_name,
    opened_at,
    tax_rate,
    updated_at,
    (extract(epoch from updated_at) * 1000000)::bigint as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    updated_at as _valid_from,
    _errors || {{ too_long_for_an_index('stores') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 2, 2)::numeric(3, 2) as _quality_score
from judged

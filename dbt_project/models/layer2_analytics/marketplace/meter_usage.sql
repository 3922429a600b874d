{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['correlation_id', 'usage_time'],
        full_refresh=false,
        pre_hook="{{ lock_batch('meter_usage') }}",
        post_hook="{{ close_batch('meter_usage', ref('stg_marketplace__meter_usage'), ref('rejected_meter_usage')) }}",
    )
}}

-- One row per correlation_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketplace/meter_usage.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_meter_usage') }}
with accepted as (
    select
        id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        quantity,
        usage_time,
        correlation_id,
        status,
        metering_record_id,
        sent_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by correlation_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketplace__meter_usage') }}
    where _errors = '{}' and {{ in_open_batch('meter_usage') }}
),

known as (
    select distinct on (correlation_id)
        id,
        tenant_id,
        product_code,
        customer_identifier,
        dimension,
        quantity,
        usage_time,
        correlation_id,
        status,
        metering_record_id,
        sent_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            id,
            tenant_id,
            product_code,
            customer_identifier,
            dimension,
            quantity,
            usage_time,
            correlation_id,
            status,
            metering_record_id,
            sent_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (correlation_id) in (
            select accepted.correlation_id
            from accepted
        )
        union all
        select
            id,
            tenant_id,
            product_code,
            customer_identifier,
            dimension,
            quantity,
            usage_time,
            correlation_id,
            status,
            metering_record_id,
            sent_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('meter_usage') }} as cold
        where (correlation_id) in (
            select accepted.correlation_id
            from accepted
        )
    ) as standing
    order by correlation_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.correlation_id = known.correlation_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.id,
        earlier.tenant_id,
        earlier.product_code,
        earlier.customer_identifier,
        earlier.dimension,
        earlier.quantity,
        earlier.usage_time,
        earlier.correlation_id,
        earlier.status,
        earlier.metering_record_id,
        earlier.sent_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.correlation_id = earlier.correlation_id
    where earlier.usage_time <> newest.usage_time and not earlier._deleted
)

select
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
    id,
    tenant_id,
    product_code,
    customer_identifier,
    dimension,
    quantity,
    usage_time,
    correlation_id,
    status,
    metering_record_id,
    sent_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['channel_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('marketing_channel') }}",
        post_hook="{{ close_batch('marketing_channel', ref('stg_marketing__marketing_channel'), ref('rejected_marketing_channel')) }}",
    )
}}

-- One row per channel_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/marketing/marketing_channel.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_marketing_channel') }}
with accepted as (
    select
        channel_code,
        channel_name,
        is_paid,
        needs_consent,
        partner_central_name,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by channel_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_marketing__marketing_channel') }}
    where _errors = '{}' and {{ in_open_batch('marketing_channel') }}
),

known as (
    select distinct on (channel_code)
        channel_code,
        channel_name,
        is_paid,
        needs_consent,
        partner_central_name,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (channel_code) in (
        select accepted.channel_code
        from accepted
    )
    order by channel_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.channel_code = known.channel_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    channel_code,
    channel_name,
    is_paid,
    needs_consent,
    partner_central_name,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['engagement_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('engagement') }}",
        post_hook="{{ close_batch('engagement', ref('stg_partner_central__engagement'), ref('rejected_engagement')) }}",
    )
}}

-- One row per engagement_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/engagement.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_engagement') }}
-- depends_on: {{ ref('engagement_versions') }}
with accepted as (
    select
        tenant_id,
        engagement_id,
        title,
        engagement_description,
        created_by_account_id,
        member_count,
        pc_opportunity_id,
        context_types,
        created_at,
        modified_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by engagement_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__engagement') }}
    where _errors = '{}' and {{ in_open_batch('engagement') }}
),

known as (
    select distinct on (engagement_id)
        tenant_id,
        engagement_id,
        title,
        engagement_description,
        created_by_account_id,
        member_count,
        pc_opportunity_id,
        context_types,
        created_at,
        modified_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (engagement_id) in (
        select accepted.engagement_id
        from accepted
    )
    order by engagement_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.engagement_id = known.engagement_id
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    engagement_id,
    title,
    engagement_description,
    created_by_account_id,
    member_count,
    pc_opportunity_id,
    context_types,
    created_at,
    modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

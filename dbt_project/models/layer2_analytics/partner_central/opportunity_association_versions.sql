{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('opportunity_association') }}",
        post_hook="{{ drop_stale_versions('opportunity_association', ref('stg_partner_central__opportunity_association')) }}",
    )
}}

-- One row per version a record of opportunity_association had, by the source's own order. A late record takes its place in between.
-- Generated from definitions/object_models/partner_central/opportunity_association.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_opportunity_association') }}
with accepted as (
    select
        tenant_id,
        pc_opportunity_id,
        related_entity_type,
        related_entity_id,
        solution_id,
        product_code,
        associated_at,
        disassociated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        now() as _loaded_at,
        1 as _definition_version,
        _quality_issues,
        _quality_score,
        _valid_from as valid_from,
        _correlation_id
    from {{ ref('stg_partner_central__opportunity_association') }}
    where _errors = '{}' and {{ in_open_batch('opportunity_association') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
        tenant_id,
        pc_opportunity_id,
        related_entity_type,
        related_entity_id,
        solution_id,
        product_code,
        associated_at,
        disassociated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from,
        _correlation_id
    from {{ this }} as standing
    where
        (pc_opportunity_id, related_entity_type, related_entity_id) in (
            select
                accepted.pc_opportunity_id,
                accepted.related_entity_type,
                accepted.related_entity_id
            from accepted
            union all
            select
                earlier.pc_opportunity_id,
                earlier.related_entity_type,
                earlier.related_entity_id
            from {{ this }} as earlier
            where {{ in_open_batch('opportunity_association') }}
        )
        and not {{ in_open_batch('opportunity_association') }}
        and not exists (
            select from accepted as again
            where again._raw_seq = standing._raw_seq
        )
),

everything as (
    select * from accepted
    union all
    select * from known
)

select
    tenant_id,
    pc_opportunity_id,
    related_entity_type,
    related_entity_id,
    solution_id,
    product_code,
    associated_at,
    disassociated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    -- Where the order is not one of time, a newer version may hold from earlier on: no two may hold at once.
    case when count(*) over later > 0 then greatest(valid_from, min(valid_from) over later) end as valid_to,
    count(*) over later = 0 as is_current,
    _correlation_id
from everything
window
    later as (
        partition by pc_opportunity_id, related_entity_type, related_entity_id
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )

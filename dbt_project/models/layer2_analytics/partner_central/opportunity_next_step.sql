{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['pc_opportunity_id', 'noted_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('opportunity_next_step') }}",
        post_hook="{{ close_batch('opportunity_next_step', ref('stg_partner_central__opportunity_next_step'), ref('rejected_opportunity_next_step')) }}",
    )
}}

-- One row per pc_opportunity_id and noted_at: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/opportunity_next_step.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_opportunity_next_step') }}
with accepted as (
    select
        tenant_id,
        pc_opportunity_id,
        noted_at,
        next_step,
        stage_at_time,
        noted_by_side,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_opportunity_id, noted_at
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__opportunity_next_step') }}
    where _errors = '{}' and {{ in_open_batch('opportunity_next_step') }}
),

known as (
    select distinct on (pc_opportunity_id, noted_at)
        tenant_id,
        pc_opportunity_id,
        noted_at,
        next_step,
        stage_at_time,
        noted_by_side,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            tenant_id,
            pc_opportunity_id,
            noted_at,
            next_step,
            stage_at_time,
            noted_by_side,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (pc_opportunity_id, noted_at) in (
            select
                accepted.pc_opportunity_id,
                accepted.noted_at
            from accepted
        )
        union all
        select
            tenant_id,
            pc_opportunity_id,
            noted_at,
            next_step,
            stage_at_time,
            noted_by_side,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('opportunity_next_step') }} as cold
        where (pc_opportunity_id, noted_at) in (
            select
                accepted.pc_opportunity_id,
                accepted.noted_at
            from accepted
        )
    ) as standing
    order by pc_opportunity_id, noted_at, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.pc_opportunity_id = known.pc_opportunity_id
            and accepted.noted_at = known.noted_at
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
    pc_opportunity_id,
    noted_at,
    next_step,
    stage_at_time,
    noted_by_side,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

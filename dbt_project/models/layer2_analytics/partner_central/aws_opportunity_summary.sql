{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['pc_opportunity_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('aws_opportunity_summary') }}",
        post_hook="{{ close_batch('aws_opportunity_summary', ref('stg_partner_central__aws_opportunity_summary'), ref('rejected_aws_opportunity_summary')) }}",
    )
}}

-- One row per pc_opportunity_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/aws_opportunity_summary.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_aws_opportunity_summary') }}
-- depends_on: {{ ref('aws_opportunity_summary_versions') }}
with accepted as (
    select
        tenant_id,
        pc_opportunity_id,
        involvement_type,
        visibility,
        origin,
        aws_stage,
        aws_close_date,
        engagement_score,
        next_best_actions,
        last_modified_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_opportunity_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__aws_opportunity_summary') }}
    where _errors = '{}' and {{ in_open_batch('aws_opportunity_summary') }}
),

known as (
    select distinct on (pc_opportunity_id)
        tenant_id,
        pc_opportunity_id,
        involvement_type,
        visibility,
        origin,
        aws_stage,
        aws_close_date,
        engagement_score,
        next_best_actions,
        last_modified_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (pc_opportunity_id) in (
        select accepted.pc_opportunity_id
        from accepted
    )
    order by pc_opportunity_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.pc_opportunity_id = known.pc_opportunity_id
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
    involvement_type,
    visibility,
    origin,
    aws_stage,
    aws_close_date,
    engagement_score,
    next_best_actions,
    last_modified_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

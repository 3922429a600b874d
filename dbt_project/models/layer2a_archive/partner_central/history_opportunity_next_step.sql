{{ config(materialized='view') }}

-- One row per pc_opportunity_id and noted_at: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/partner_central/opportunity_next_step.json: edit that file, not this one.
-- depends_on: {{ ref('opportunity_next_step') }}
with everything as (
    select
        tenant_id,
        coalesce(
            pc_opportunity_id,
            {{ sql_error('archived rows of opportunity_next_step have no pc_opportunity_id; if it was renamed, state renamed_from in the definition') }}
        ) as pc_opportunity_id,
        coalesce(
            noted_at,
            {{ sql_error('archived rows of opportunity_next_step have no noted_at; if it was renamed, state renamed_from in the definition') }}
        ) as noted_at,
        next_step,
        stage_at_time,
        noted_by_side,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_opportunity_next_step') }}
    union all
    {% if target.type == 'spark' %}
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('opportunity_next_step', 'hot') }} as hot
    {% else %}
    select
        cast(tenant_id as uuid) as tenant_id,
        cast(pc_opportunity_id as varchar) as pc_opportunity_id,
        cast(noted_at as timestamptz) as noted_at,
        cast(next_step as varchar) as next_step,
        cast(stage_at_time as varchar) as stage_at_time,
        cast(noted_by_side as varchar) as noted_by_side,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('opportunity_next_step') }}
    {% endif %}
),

ranked as (
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
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_opportunity_id, noted_at
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
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
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('opportunity_next_step') }}

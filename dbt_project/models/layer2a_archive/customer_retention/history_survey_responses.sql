{{ config(materialized='view') }}

-- One row per response_id: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
-- depends_on: {{ ref('survey_responses') }}
with everything as (
    select
        coalesce(
            response_id,
            {{ sql_error('archived rows of survey_responses have no response_id; if it was renamed, state renamed_from in the definition') }}
        ) as response_id,
        customer_id,
        recommend_score,
        nps_group,
        comment,
        answered_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ ref('archive_survey_responses') }}
    union all
    {% if target.type == 'spark' %}
    select
        response_id,
        customer_id,
        recommend_score,
        nps_group,
        comment,
        answered_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score
    from {{ handed_over('survey_responses', 'hot') }} as hot
    {% else %}
    select
        cast(response_id as varchar) as response_id,
        cast(customer_id as uuid) as customer_id,
        cast(recommend_score as smallint) as recommend_score,
        cast(nps_group as varchar) as nps_group,
        cast(comment as varchar) as comment,
        cast(answered_at as timestamptz) as answered_at,
        cast(_raw_seq as bigint) as _raw_seq,
        cast(_source_order as bigint) as _source_order,
        cast(_deleted as boolean) as _deleted,
        cast(_batch_id as bigint) as _batch_id,
        cast(_loaded_at as timestamptz) as _loaded_at,
        cast(_definition_version as integer) as _definition_version,
        cast(_quality_issues as varchar) as _quality_issues,
        cast(_quality_score as decimal(3, 2)) as _quality_score
    from {{ lake_view('survey_responses') }}
    {% endif %}
),

ranked as (
    select
        response_id,
        customer_id,
        recommend_score,
        nps_group,
        comment,
        answered_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by response_id
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

select
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    comment,
    answered_at,
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
    and {{ archive_is_current('survey_responses') }}

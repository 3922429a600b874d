{{ config(materialized='view') }}

-- One row per row of survey_responses that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
-- depends_on: {{ ref('survey_responses') }}
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
from {{ handed_over('survey_responses', 'cold') }} as files
where {{ handover_is_current('survey_responses') }}
{% else %}
{% set archived = archived_files('survey_responses') %}
{% if archived.paths %}
select
    cast(response_id as varchar) as response_id,
    cast(customer_id as uuid) as customer_id,
    cast(recommend_score as smallint) as recommend_score,
    cast(nps_group as varchar) as nps_group,
    cast(left(comment, (length(comment) > 3)::int) || '***' as varchar) as comment,
    cast(answered_at as timestamptz) as answered_at,
    cast(_raw_seq as bigint) as _raw_seq,
    cast(_source_order as bigint) as _source_order,
    cast(_deleted as boolean) as _deleted,
    cast(_batch_id as bigint) as _batch_id,
    cast(_loaded_at as timestamptz) as _loaded_at,
    cast(_definition_version as integer) as _definition_version,
    cast(_quality_issues as varchar) as _quality_issues,
    cast(_quality_score as decimal(3, 2)) as _quality_score
from (
    -- The shape of today: a column that an old file does not have reads as null.
    select
        null::varchar as response_id,
        null::uuid as customer_id,
        null::smallint as recommend_score,
        null::varchar as nps_group,
        null::varchar as comment,
        null::timestamptz as answered_at,
        null::bigint as _raw_seq,
        null::bigint as _source_order,
        null::boolean as _deleted,
        null::bigint as _batch_id,
        null::timestamptz as _loaded_at,
        null::integer as _definition_version,
        null::varchar as _quality_issues,
        null::decimal(3, 2) as _quality_score
    where false
    union all by name
    select *
    from read_parquet(
        [{{ archived.paths | join(', ') }}], union_by_name = true, hive_partitioning = false, can_have_nan = true
    )
) as files
where {{ is_current('survey_responses', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as response_id,
    cast(case when guard.is_current then null end as uuid) as customer_id,
    cast(case when guard.is_current then null end as smallint) as recommend_score,
    cast(case when guard.is_current then null end as varchar) as nps_group,
    cast(case when guard.is_current then null end as varchar) as comment,
    cast(case when guard.is_current then null end as timestamptz) as answered_at,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('survey_responses', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['response_id', 'answered_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('survey_responses') }}",
        post_hook="{{ close_batch('survey_responses', ref('stg_customer_retention__survey_responses'), ref('rejected_survey_responses')) }}",
    )
}}

-- One row per response_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/survey_responses.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_survey_responses') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by response_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__survey_responses') }}
    where _errors = '{}' and {{ in_open_batch('survey_responses') }}
),

known as (
    select distinct on (response_id)
        response_id,
        customer_id,
        recommend_score,
        nps_group,
        comment,
        answered_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
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
            _loaded_at
        from {{ this }}
        where (response_id) in (
            select accepted.response_id
            from accepted
        )
        union all
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
            _loaded_at
        from {{ cold_rows('survey_responses') }} as cold
        where (response_id) in (
            select accepted.response_id
            from accepted
        )
    ) as standing
    order by response_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.response_id = known.response_id
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
        earlier.response_id,
        earlier.customer_id,
        earlier.recommend_score,
        earlier.nps_group,
        earlier.comment,
        earlier.answered_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.response_id = earlier.response_id
    where earlier.answered_at <> newest.answered_at and not earlier._deleted
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
    response_id,
    customer_id,
    recommend_score,
    nps_group,
    comment,
    answered_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['customer_id', 'model_name', 'scored_on'],
        full_refresh=false,
        pre_hook="{{ lock_batch('churn_scores') }}",
        post_hook="{{ close_batch('churn_scores', ref('stg_customer_retention__churn_scores'), ref('rejected_churn_scores')) }}",
    )
}}

-- One row per customer_id and model_name and scored_on: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/churn_scores.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_churn_scores') }}
with accepted as (
    select
        customer_id,
        model_name,
        scored_on,
        churn_probability,
        top_reason,
        has_churned,
        scored_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by customer_id, model_name, scored_on
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__churn_scores') }}
    where _errors = '{}' and {{ in_open_batch('churn_scores') }}
),

known as (
    select distinct on (customer_id, model_name, scored_on)
        customer_id,
        model_name,
        scored_on,
        churn_probability,
        top_reason,
        has_churned,
        scored_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            customer_id,
            model_name,
            scored_on,
            churn_probability,
            top_reason,
            has_churned,
            scored_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (customer_id, model_name, scored_on) in (
            select
                accepted.customer_id,
                accepted.model_name,
                accepted.scored_on
            from accepted
        )
        union all
        select
            customer_id,
            model_name,
            scored_on,
            churn_probability,
            top_reason,
            has_churned,
            scored_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('churn_scores') }} as cold
        where (customer_id, model_name, scored_on) in (
            select
                accepted.customer_id,
                accepted.model_name,
                accepted.scored_on
            from accepted
        )
    ) as standing
    order by customer_id, model_name, scored_on, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.customer_id = known.customer_id
            and accepted.model_name = known.model_name
            and accepted.scored_on = known.scored_on
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    customer_id,
    model_name,
    scored_on,
    churn_probability,
    top_reason,
    has_churned,
    scored_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

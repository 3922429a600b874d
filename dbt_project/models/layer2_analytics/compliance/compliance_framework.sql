{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['framework_code'],
        full_refresh=false,
        pre_hook="{{ lock_batch('compliance_framework') }}",
        post_hook="{{ close_batch('compliance_framework', ref('stg_compliance__compliance_framework'), ref('rejected_compliance_framework')) }}",
    )
}}

-- One row per framework_code: the newest record known. Closes the batch.
-- Generated from definitions/object_models/compliance/compliance_framework.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_compliance_framework') }}
with accepted as (
    select
        framework_code,
        framework_name,
        issuer,
        is_law,
        in_force_from,
        superseded_by,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by framework_code
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_compliance__compliance_framework') }}
    where _errors = '{}' and {{ in_open_batch('compliance_framework') }}
),

known as (
    select distinct on (framework_code)
        framework_code,
        framework_name,
        issuer,
        is_law,
        in_force_from,
        superseded_by,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (framework_code) in (
        select accepted.framework_code
        from accepted
    )
    order by framework_code, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.framework_code = known.framework_code
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    framework_code,
    framework_name,
    issuer,
    is_law,
    in_force_from,
    superseded_by,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

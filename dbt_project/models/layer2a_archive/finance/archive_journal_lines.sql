{{ config(materialized='view') }}

-- One row per row of journal_lines that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
-- depends_on: {{ ref('journal_lines') }}
{% if target.type == 'spark' %}
select
    entry_id,
    line_number,
    account_number,
    account_type,
    cost_center_code,
    amount,
    transaction_amount,
    transaction_currency,
    posted_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('journal_lines', 'cold') }} as files
where {{ handover_is_current('journal_lines') }}
{% else %}
{% set archived = archived_files('journal_lines') %}
{% if archived.paths %}
select
    cast(entry_id as varchar) as entry_id,
    cast(line_number as integer) as line_number,
    cast(account_number as varchar) as account_number,
    cast(account_type as varchar) as account_type,
    cast(cost_center_code as varchar) as cost_center_code,
    cast(amount as decimal(18, 2)) as amount,
    cast(transaction_amount as decimal(18, 2)) as transaction_amount,
    cast(transaction_currency as varchar) as transaction_currency,
    cast(posted_on as date) as posted_on,
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
        null::varchar as entry_id,
        null::integer as line_number,
        null::varchar as account_number,
        null::varchar as account_type,
        null::varchar as cost_center_code,
        null::decimal(18, 2) as amount,
        null::decimal(18, 2) as transaction_amount,
        null::varchar as transaction_currency,
        null::date as posted_on,
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
where {{ is_current('journal_lines', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as entry_id,
    cast(case when guard.is_current then null end as integer) as line_number,
    cast(case when guard.is_current then null end as varchar) as account_number,
    cast(case when guard.is_current then null end as varchar) as account_type,
    cast(case when guard.is_current then null end as varchar) as cost_center_code,
    cast(case when guard.is_current then null end as decimal(18, 2)) as amount,
    cast(case when guard.is_current then null end as decimal(18, 2)) as transaction_amount,
    cast(case when guard.is_current then null end as varchar) as transaction_currency,
    cast(case when guard.is_current then null end as date) as posted_on,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('journal_lines', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

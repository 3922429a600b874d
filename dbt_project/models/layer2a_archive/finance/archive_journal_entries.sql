{{ config(materialized='view') }}

-- One row per row of journal_entries that was ever archived, corrections and marks of deletion included.
-- Generated from definitions/object_models/finance/journal_entries.json: edit that file, not this one.
-- depends_on: {{ ref('journal_entries') }}
{% if target.type == 'spark' %}
select
    entry_id,
    entry_type,
    fiscal_period,
    reverses_entry_id,
    booking_text,
    total_debit,
    total_credit,
    is_manual,
    posted_on,
    entered_at,
    days_to_post,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from {{ handed_over('journal_entries', 'cold') }} as files
where {{ handover_is_current('journal_entries') }}
{% else %}
{% set archived = archived_files('journal_entries') %}
{% if archived.paths %}
select
    cast(entry_id as varchar) as entry_id,
    cast(entry_type as varchar) as entry_type,
    cast(fiscal_period as varchar) as fiscal_period,
    cast(reverses_entry_id as varchar) as reverses_entry_id,
    cast(booking_text as varchar) as booking_text,
    cast(total_debit as decimal(18, 2)) as total_debit,
    cast(total_credit as decimal(18, 2)) as total_credit,
    cast(is_manual as boolean) as is_manual,
    cast(posted_on as date) as posted_on,
    cast(entered_at as timestamptz) as entered_at,
    cast(days_to_post as integer) as days_to_post,
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
        null::varchar as entry_type,
        null::varchar as fiscal_period,
        null::varchar as reverses_entry_id,
        null::varchar as booking_text,
        null::decimal(18, 2) as total_debit,
        null::decimal(18, 2) as total_credit,
        null::boolean as is_manual,
        null::date as posted_on,
        null::timestamptz as entered_at,
        null::integer as days_to_post,
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
where {{ is_current('journal_entries', archived.revision) }}
{% else %}
-- Nothing was archived when this was built. The nulls hang on the guard, or the optimizer would leave it out.
select
    cast(case when guard.is_current then null end as varchar) as entry_id,
    cast(case when guard.is_current then null end as varchar) as entry_type,
    cast(case when guard.is_current then null end as varchar) as fiscal_period,
    cast(case when guard.is_current then null end as varchar) as reverses_entry_id,
    cast(case when guard.is_current then null end as varchar) as booking_text,
    cast(case when guard.is_current then null end as decimal(18, 2)) as total_debit,
    cast(case when guard.is_current then null end as decimal(18, 2)) as total_credit,
    cast(case when guard.is_current then null end as boolean) as is_manual,
    cast(case when guard.is_current then null end as date) as posted_on,
    cast(case when guard.is_current then null end as timestamptz) as entered_at,
    cast(case when guard.is_current then null end as integer) as days_to_post,
    cast(case when guard.is_current then null end as bigint) as _raw_seq,
    cast(case when guard.is_current then null end as bigint) as _source_order,
    cast(case when guard.is_current then null end as boolean) as _deleted,
    cast(case when guard.is_current then null end as bigint) as _batch_id,
    cast(case when guard.is_current then null end as timestamptz) as _loaded_at,
    cast(case when guard.is_current then null end as integer) as _definition_version,
    cast(case when guard.is_current then null end as varchar) as _quality_issues,
    cast(case when guard.is_current then null end as decimal(3, 2)) as _quality_score
from (select {{ is_current('journal_entries', archived.revision) }} as is_current) as guard
where not guard.is_current
{% endif %}
{% endif %}

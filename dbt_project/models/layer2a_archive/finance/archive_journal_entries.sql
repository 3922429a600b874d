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
{% set archived = archived_files('journal_entries', times=['posted_on']) %}
-- No row. The nulls hang on the guard: a filter may leave out all that stands below, and the guard with it.
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
{% if archived.paths %}
union all
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
    {%- call archived_rows(archived, 'posted_on', 'timestamp') %}
        'entry_id': {name: 'entry_id', type: 'VARCHAR', default_value: null},
        'entry_type': {name: 'entry_type', type: 'VARCHAR', default_value: null},
        'fiscal_period': {name: 'fiscal_period', type: 'VARCHAR', default_value: null},
        'reverses_entry_id': {name: 'reverses_entry_id', type: 'VARCHAR', default_value: null},
        'booking_text': {name: 'booking_text', type: 'VARCHAR', default_value: null},
        'total_debit': {name: 'total_debit', type: 'DECIMAL(18,2)', default_value: null},
        'total_credit': {name: 'total_credit', type: 'DECIMAL(18,2)', default_value: null},
        'is_manual': {name: 'is_manual', type: 'BOOLEAN', default_value: null},
        'posted_on': {name: 'posted_on', type: 'DATE', default_value: null},
        'entered_at': {name: 'entered_at', type: 'TIMESTAMPTZ', default_value: null},
        'days_to_post': {name: 'days_to_post', type: 'INTEGER', default_value: null},
        '_raw_seq': {name: '_raw_seq', type: 'BIGINT', default_value: null},
        '_source_order': {name: '_source_order', type: 'BIGINT', default_value: null},
        '_deleted': {name: '_deleted', type: 'BOOLEAN', default_value: null},
        '_batch_id': {name: '_batch_id', type: 'BIGINT', default_value: null},
        '_loaded_at': {name: '_loaded_at', type: 'TIMESTAMPTZ', default_value: null},
        '_definition_version': {name: '_definition_version', type: 'INTEGER', default_value: null},
        '_quality_issues': {name: '_quality_issues', type: 'VARCHAR', default_value: null},
        '_quality_score': {name: '_quality_score', type: 'DECIMAL(3,2)', default_value: null}
    {%- endcall %}
) as files
where {{ is_current('journal_entries', archived.revision) }}
{% endif %}
{% endif %}

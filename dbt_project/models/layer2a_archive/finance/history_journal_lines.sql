{{ config(materialized='view') }}

-- One row per entry_id and line_number: the newest record known. Current truth over hot and cold rows alike.
-- Generated from definitions/object_models/finance/journal_lines.json: edit that file, not this one.
-- depends_on: {{ ref('journal_lines') }}
with everything as (
    select
        coalesce(
            entry_id,
            {{ sql_error('archived rows of journal_lines have no entry_id; if it was renamed, state renamed_from in the definition') }}
        ) as entry_id,
        coalesce(
            line_number,
            {{ sql_error('archived rows of journal_lines have no line_number; if it was renamed, state renamed_from in the definition') }}
        ) as line_number,
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
    from {{ ref('archive_journal_lines') }}
    union all
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
    from {{ handed_over('journal_lines', 'hot') }} as hot
    {% else %}
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
    from {{ lake_view('journal_lines') }}
    {% endif %}
),

ranked as (
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
        _quality_score,
        row_number() over (
            partition by entry_id, line_number
            order by _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
        ) as _place
    from everything
)

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
from ranked
where
    _place = 1
    and not _deleted
    and {{ archive_is_current('journal_lines') }}

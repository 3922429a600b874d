{# The tables of bank_transactions. Generated from definitions/object_models/finance/bank_transactions.json: edit that file, not this one. #}
{% macro create_bank_transactions(schema) %}
create table if not exists {{ schema }}.source_bank_transactions (
    raw_seq bigint generated always as identity primary key,
    raw_id text,
    raw_data json,
    raw_bytes bytea,
    raw_sha256 text generated always as ({{ schema }}.record_sha256(raw_data, raw_bytes)) stored,
    ingested_at timestamptz not null default now(),
    source_system text,
    source_file text,
    run_id uuid,
    batch_id bigint,
    processed boolean not null default false,
    processed_at timestamptz,
    outcome text check (outcome in ('loaded', 'rejected', 'superseded', 'duplicate')),
    outcome_raw_seq bigint,
    archived_in uuid,
    check (raw_data is not null or raw_bytes is not null)
);
select {{ schema }}.add_source_columns('source_bank_transactions');
select {{ schema }}.lift_raw_seq('source_bank_transactions');
select {{ schema }}.ensure_index('ix_bank_transactions_unclaimed', $index${{ schema }}.source_bank_transactions (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_bank_transactions_claimed', $index${{ schema }}.source_bank_transactions (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_bank_transactions_unarchived', $index${{ schema }}.source_bank_transactions (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_bank_transactions_ingested', $index${{ schema }}.source_bank_transactions (ingested_at)$index$);
select {{ schema }}.ensure_view('source_bank_transactions__lake', $view$
select
    raw_seq,
    raw_id,
    raw_data::text as raw_data,
    raw_bytes,
    raw_sha256,
    ingested_at,
    source_system,
    source_file,
    run_id
from {{ schema }}.source_bank_transactions
$view$);

select {{ schema }}.ensure_shape('bank_transactions', $shape${{ shape_of_bank_transactions() }}$shape$);

create table if not exists {{ schema }}.rejected_bank_transactions (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'bank_transactions', 'auto', 'booked_on', '1 month', true, $table$
    account_iban varchar(34) not null,
    bank_reference varchar(35) not null,
    amount numeric(18,2),
    currency varchar(3),
    counterparty_name varchar(140),
    counterparty_iban varchar(34),
    remittance_text varchar(140),
    matched_invoice_number varchar(20),
    booked_on date not null,
    value_on date,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (account_iban, bank_reference, booked_on)
$table$);
select {{ schema }}.make_partitions('bank_transactions', '1 month', 3);
select {{ schema }}.ensure_index('ix_bank_transactions_invoice', $index${{ schema }}.bank_transactions (matched_invoice_number)$index$);
select {{ schema }}.ensure_index('ix_bank_transactions_booked_on', $index${{ schema }}.bank_transactions using brin (booked_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('bank_transactions__lake', $view$
select
    account_iban,
    bank_reference,
    amount::text as amount,
    currency,
    {{ schema }}.tokenize(counterparty_iban::text) as counterparty_iban,
    left(remittance_text::text, (length(remittance_text::text) > 3)::int) || '***' as remittance_text,
    matched_invoice_number,
    booked_on,
    value_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.bank_transactions
    union all
    select * from {{ schema }}.missing_parts('bank_transactions', null::{{ schema }}.bank_transactions)
) as bank_transactions
$view$);
select {{ schema }}.ensure_view('history_bank_transactions', $view$
select
    account_iban,
    bank_reference,
    amount,
    currency,
    {{ schema }}.tokenize(counterparty_iban::text) as counterparty_iban,
    left(remittance_text::text, (length(remittance_text::text) > 3)::int) || '***' as remittance_text,
    matched_invoice_number,
    booked_on,
    value_on,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('bank_transactions', null::{{ schema }}.bank_transactions)
    union all
    select * from {{ schema }}.bank_transactions
) as bank_transactions
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_bank_transactions() %}
{
    "kind": "event",
    "time_column": "booked_on",
    "key": ["account_iban", "bank_reference"],
    "physical_key": ["account_iban", "bank_reference", "booked_on"],
    "layout": null,
    "columns": [
        {"name": "account_iban", "type": "character varying(34)"},
        {"name": "bank_reference", "type": "character varying(35)"},
        {"name": "amount", "type": "numeric(18,2)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "counterparty_name", "type": "character varying(140)"},
        {"name": "counterparty_iban", "type": "character varying(34)"},
        {"name": "remittance_text", "type": "character varying(140)"},
        {"name": "matched_invoice_number", "type": "character varying(20)"},
        {"name": "booked_on", "type": "date"},
        {"name": "value_on", "type": "date"}
    ]
}
{% endmacro %}

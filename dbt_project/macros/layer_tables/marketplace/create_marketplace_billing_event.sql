{# The tables of marketplace_billing_event. Generated from definitions/object_models/marketplace/marketplace_billing_event.json: edit that file, not this one. #}
{% macro create_marketplace_billing_event(schema) %}
create table if not exists {{ schema }}.source_marketplace_billing_event (
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
select {{ schema }}.add_source_columns('source_marketplace_billing_event');
select {{ schema }}.lift_raw_seq('source_marketplace_billing_event');
select {{ schema }}.ensure_index('ix_marketplace_billing_event_unclaimed', $index${{ schema }}.source_marketplace_billing_event (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_billing_event_claimed', $index${{ schema }}.source_marketplace_billing_event (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_marketplace_billing_event_unarchived', $index${{ schema }}.source_marketplace_billing_event (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_marketplace_billing_event_ingested', $index${{ schema }}.source_marketplace_billing_event (ingested_at)$index$);
select {{ schema }}.ensure_view('source_marketplace_billing_event__lake', $view$
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
from {{ schema }}.source_marketplace_billing_event
$view$);

select {{ schema }}.ensure_shape('marketplace_billing_event', $shape${{ shape_of_marketplace_billing_event() }}$shape$);

create table if not exists {{ schema }}.rejected_marketplace_billing_event (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'marketplace_billing_event', 'auto', 'action_date', '1 month', true, $table$
    tenant_id uuid,
    billing_event_id varchar(80) not null,
    action varchar(16),
    transaction_type varchar(64),
    product_id varchar(64),
    agreement_id varchar(64),
    end_user_account_id varchar(12),
    disbursement_id varchar(80),
    amount numeric(18,6),
    currency varchar(3),
    invoice_date timestamptz,
    action_date timestamptz not null,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (billing_event_id, action_date)
$table$);
select {{ schema }}.make_partitions('marketplace_billing_event', '1 month', 3);
select {{ schema }}.ensure_index('ix_marketplace_billing_event_agreement', $index${{ schema }}.marketplace_billing_event (agreement_id)$index$);
select {{ schema }}.ensure_index('ix_marketplace_billing_event_action_date', $index${{ schema }}.marketplace_billing_event using brin (action_date) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('marketplace_billing_event__lake', $view$
select
    tenant_id,
    billing_event_id,
    action,
    transaction_type,
    product_id,
    agreement_id,
    end_user_account_id,
    disbursement_id,
    amount::text as amount,
    currency,
    invoice_date,
    action_date,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.marketplace_billing_event
    union all
    select * from {{ schema }}.missing_parts('marketplace_billing_event', null::{{ schema }}.marketplace_billing_event)
) as marketplace_billing_event
$view$);
select {{ schema }}.ensure_view('history_marketplace_billing_event', $view$
select
    tenant_id,
    billing_event_id,
    action,
    transaction_type,
    product_id,
    agreement_id,
    end_user_account_id,
    disbursement_id,
    amount,
    currency,
    invoice_date,
    action_date,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('marketplace_billing_event', null::{{ schema }}.marketplace_billing_event)
    union all
    select * from {{ schema }}.marketplace_billing_event
) as marketplace_billing_event
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_marketplace_billing_event() %}
{
    "kind": "event",
    "time_column": "action_date",
    "key": ["billing_event_id"],
    "physical_key": ["billing_event_id", "action_date"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "billing_event_id", "type": "character varying(80)"},
        {"name": "action", "type": "character varying(16)"},
        {"name": "transaction_type", "type": "character varying(64)"},
        {"name": "product_id", "type": "character varying(64)"},
        {"name": "agreement_id", "type": "character varying(64)"},
        {"name": "end_user_account_id", "type": "character varying(12)"},
        {"name": "disbursement_id", "type": "character varying(80)"},
        {"name": "amount", "type": "numeric(18,6)"},
        {"name": "currency", "type": "character varying(3)"},
        {"name": "invoice_date", "type": "timestamp with time zone"},
        {"name": "action_date", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

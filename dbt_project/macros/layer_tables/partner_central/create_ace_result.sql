{# The tables of ace_result. Generated from definitions/object_models/partner_central/ace_result.json: edit that file, not this one. #}
{% macro create_ace_result(schema) %}
create table if not exists {{ schema }}.source_ace_result (
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
select {{ schema }}.add_source_columns('source_ace_result');
select {{ schema }}.lift_raw_seq('source_ace_result');
select {{ schema }}.ensure_index('ix_ace_result_unclaimed', $index${{ schema }}.source_ace_result (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_ace_result_claimed', $index${{ schema }}.source_ace_result (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_ace_result_unarchived', $index${{ schema }}.source_ace_result (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_ace_result_ingested', $index${{ schema }}.source_ace_result (ingested_at)$index$);
select {{ schema }}.ensure_view('source_ace_result__lake', $view$
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
from {{ schema }}.source_ace_result
$view$);

select {{ schema }}.ensure_shape('ace_result', $shape${{ shape_of_ace_result() }}$shape$);

create table if not exists {{ schema }}.rejected_ace_result (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'ace_result', 'auto', 'processed_at', '1 month', true, $table$
    tenant_id uuid,
    file_name varchar(255) not null,
    record_number integer not null,
    processed_at timestamptz not null,
    record_kind varchar(16),
    partner_crm_id varchar(64),
    apn_crm_id varchar(40),
    pc_opportunity_id varchar(40),
    pc_lead_id varchar(40),
    is_success boolean,
    errors text[],
    warnings text[],
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (file_name, record_number, processed_at)
$table$);
select {{ schema }}.make_partitions('ace_result', '1 month', 3);
select {{ schema }}.ensure_index('ix_ace_result_partner_crm_id', $index${{ schema }}.ace_result (partner_crm_id)$index$);
select {{ schema }}.ensure_index('ix_ace_result_apn_crm_id', $index${{ schema }}.ace_result (apn_crm_id)$index$);
select {{ schema }}.ensure_index('ix_ace_result_processed_at', $index${{ schema }}.ace_result using brin (processed_at) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('ace_result__lake', $view$
select
    tenant_id,
    file_name,
    record_number,
    processed_at,
    record_kind,
    partner_crm_id,
    apn_crm_id,
    pc_opportunity_id,
    pc_lead_id,
    is_success,
    errors::text as errors,
    warnings::text as warnings,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.ace_result
    union all
    select * from {{ schema }}.missing_parts('ace_result', null::{{ schema }}.ace_result)
) as ace_result
$view$);
select {{ schema }}.ensure_view('history_ace_result', $view$
select
    tenant_id,
    file_name,
    record_number,
    processed_at,
    record_kind,
    partner_crm_id,
    apn_crm_id,
    pc_opportunity_id,
    pc_lead_id,
    is_success,
    errors,
    warnings,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('ace_result', null::{{ schema }}.ace_result)
    union all
    select * from {{ schema }}.ace_result
) as ace_result
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_ace_result() %}
{
    "kind": "event",
    "time_column": "processed_at",
    "key": ["file_name", "record_number"],
    "physical_key": ["file_name", "record_number", "processed_at"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "file_name", "type": "character varying(255)"},
        {"name": "record_number", "type": "integer"},
        {"name": "processed_at", "type": "timestamp with time zone"},
        {"name": "record_kind", "type": "character varying(16)"},
        {"name": "partner_crm_id", "type": "character varying(64)"},
        {"name": "apn_crm_id", "type": "character varying(40)"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "pc_lead_id", "type": "character varying(40)"},
        {"name": "is_success", "type": "boolean"},
        {"name": "errors", "type": "text[]"},
        {"name": "warnings", "type": "text[]"}
    ]
}
{% endmacro %}

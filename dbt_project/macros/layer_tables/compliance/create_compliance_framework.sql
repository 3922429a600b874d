{# The tables of compliance_framework. Generated from definitions/object_models/compliance/compliance_framework.json: edit that file, not this one. #}
{% macro create_compliance_framework(schema) %}
create table if not exists {{ schema }}.source_compliance_framework (
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
select {{ schema }}.add_source_columns('source_compliance_framework');
select {{ schema }}.lift_raw_seq('source_compliance_framework');
select {{ schema }}.ensure_index('ix_compliance_framework_unclaimed', $index${{ schema }}.source_compliance_framework (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_compliance_framework_claimed', $index${{ schema }}.source_compliance_framework (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_compliance_framework_unarchived', $index${{ schema }}.source_compliance_framework (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_compliance_framework_ingested', $index${{ schema }}.source_compliance_framework (ingested_at)$index$);
select {{ schema }}.ensure_view('source_compliance_framework__lake', $view$
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
from {{ schema }}.source_compliance_framework
$view$);

select {{ schema }}.ensure_shape('compliance_framework', $shape${{ shape_of_compliance_framework() }}$shape$);

create table if not exists {{ schema }}.rejected_compliance_framework (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.compliance_framework (
    framework_code varchar(32) not null,
    framework_name varchar(200),
    issuer varchar(120),
    is_law boolean,
    in_force_from date,
    superseded_by varchar(32),
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (framework_code)
);

select {{ schema }}.ensure_view('compliance_framework__lake', $view$
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
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.compliance_framework
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_compliance_framework() %}
{
    "kind": "reference",
    "time_column": null,
    "key": ["framework_code"],
    "physical_key": ["framework_code"],
    "layout": null,
    "columns": [
        {"name": "framework_code", "type": "character varying(32)"},
        {"name": "framework_name", "type": "character varying(200)"},
        {"name": "issuer", "type": "character varying(120)"},
        {"name": "is_law", "type": "boolean"},
        {"name": "in_force_from", "type": "date"},
        {"name": "superseded_by", "type": "character varying(32)"}
    ]
}
{% endmacro %}

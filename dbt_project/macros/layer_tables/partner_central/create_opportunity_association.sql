{# The tables of opportunity_association. Generated from definitions/object_models/partner_central/opportunity_association.json: edit that file, not this one. #}
{% macro create_opportunity_association(schema) %}
create table if not exists {{ schema }}.source_opportunity_association (
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
select {{ schema }}.add_source_columns('source_opportunity_association');
select {{ schema }}.lift_raw_seq('source_opportunity_association');
select {{ schema }}.ensure_index('ix_opportunity_association_unclaimed', $index${{ schema }}.source_opportunity_association (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_opportunity_association_claimed', $index${{ schema }}.source_opportunity_association (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_opportunity_association_unarchived', $index${{ schema }}.source_opportunity_association (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_opportunity_association_ingested', $index${{ schema }}.source_opportunity_association (ingested_at)$index$);
select {{ schema }}.ensure_view('source_opportunity_association__lake', $view$
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
from {{ schema }}.source_opportunity_association
$view$);

select {{ schema }}.ensure_shape('opportunity_association', $shape${{ shape_of_opportunity_association() }}$shape$);

create table if not exists {{ schema }}.rejected_opportunity_association (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

create table if not exists {{ schema }}.opportunity_association_versions (
    tenant_id uuid,
    pc_opportunity_id varchar(40),
    related_entity_type varchar(40),
    related_entity_id varchar(255),
    solution_id varchar(40),
    product_code varchar(80),
    associated_at timestamptz,
    disassociated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    valid_from timestamptz,
    valid_to timestamptz,
    is_current boolean not null default true,
    _correlation_id text,
    primary key (_raw_seq)
);
select {{ schema }}.ensure_index('ix_opportunity_association_versions_key', $index${{ schema }}.opportunity_association_versions (pc_opportunity_id, related_entity_type, related_entity_id, valid_from)$index$);

create table if not exists {{ schema }}.opportunity_association (
    tenant_id uuid,
    pc_opportunity_id varchar(40) not null,
    related_entity_type varchar(40) not null,
    related_entity_id varchar(255) not null,
    solution_id varchar(40),
    product_code varchar(80),
    associated_at timestamptz,
    disassociated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (pc_opportunity_id, related_entity_type, related_entity_id)
);
select {{ schema }}.ensure_index('ix_opportunity_association_entity', $index${{ schema }}.opportunity_association (related_entity_type, related_entity_id)$index$);

select {{ schema }}.ensure_view('opportunity_association__lake', $view$
select
    tenant_id,
    pc_opportunity_id,
    related_entity_type,
    related_entity_id,
    solution_id,
    product_code,
    associated_at,
    disassociated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from {{ schema }}.opportunity_association
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_opportunity_association() %}
{
    "kind": "entity",
    "time_column": null,
    "key": ["pc_opportunity_id", "related_entity_id", "related_entity_type"],
    "physical_key": ["pc_opportunity_id", "related_entity_type", "related_entity_id"],
    "layout": null,
    "columns": [
        {"name": "tenant_id", "type": "uuid"},
        {"name": "pc_opportunity_id", "type": "character varying(40)"},
        {"name": "related_entity_type", "type": "character varying(40)"},
        {"name": "related_entity_id", "type": "character varying(255)"},
        {"name": "solution_id", "type": "character varying(40)"},
        {"name": "product_code", "type": "character varying(80)"},
        {"name": "associated_at", "type": "timestamp with time zone"},
        {"name": "disassociated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

{# The tables of supplier_assessments. Generated from definitions/object_models/procurement/supplier_assessments.json: edit that file, not this one. #}
{% macro create_supplier_assessments(schema) %}
create table if not exists {{ schema }}.source_supplier_assessments (
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
select {{ schema }}.add_source_columns('source_supplier_assessments');
select {{ schema }}.lift_raw_seq('source_supplier_assessments');
select {{ schema }}.ensure_index('ix_supplier_assessments_unclaimed', $index${{ schema }}.source_supplier_assessments (raw_seq) where batch_id is null$index$);
select {{ schema }}.ensure_index('ix_supplier_assessments_claimed', $index${{ schema }}.source_supplier_assessments (batch_id) where not processed$index$);
select {{ schema }}.ensure_index('ix_supplier_assessments_unarchived', $index${{ schema }}.source_supplier_assessments (raw_seq) where archived_in is null$index$);
select {{ schema }}.ensure_index('ix_supplier_assessments_ingested', $index${{ schema }}.source_supplier_assessments (ingested_at)$index$);
select {{ schema }}.ensure_view('source_supplier_assessments__lake', $view$
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
from {{ schema }}.source_supplier_assessments
$view$);

select {{ schema }}.ensure_shape('supplier_assessments', $shape${{ shape_of_supplier_assessments() }}$shape$);

create table if not exists {{ schema }}.rejected_supplier_assessments (
    _raw_seq bigint not null primary key,
    raw_id text,
    reasons text[] not null,
    ingested_at timestamptz,
    _batch_id bigint,
    _rejected_at timestamptz,
    _definition_version integer
);

select {{ schema }}.make_event_table(
    'supplier_assessments', 'auto', 'assessed_on', '1 month', true, $table$
    supplier_id varchar(16) not null,
    quarter varchar(7) not null,
    delivery_points smallint,
    quality_points smallint,
    price_points smallint,
    sustainability_points smallint,
    overall_points numeric(5,2),
    assessed_on date not null,
    updated_at timestamptz,
    _raw_seq bigint not null,
    _source_order bigint not null,
    _deleted boolean not null default false,
    _batch_id bigint,
    _loaded_at timestamptz,
    _definition_version integer,
    _quality_issues text[],
    _quality_score numeric(3,2),
    primary key (supplier_id, quarter, assessed_on)
$table$);
select {{ schema }}.make_partitions('supplier_assessments', '1 month', 3);
select {{ schema }}.ensure_index('ix_supplier_assessments_assessed_on', $index${{ schema }}.supplier_assessments using brin (assessed_on) with (pages_per_range = 32, autosummarize = on)$index$);

select {{ schema }}.ensure_view('supplier_assessments__lake', $view$
select
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points::text as overall_points,
    assessed_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues::text as _quality_issues,
    _quality_score::text as _quality_score
from (
    select * from {{ schema }}.supplier_assessments
    union all
    select * from {{ schema }}.missing_parts('supplier_assessments', null::{{ schema }}.supplier_assessments)
) as supplier_assessments
$view$);
select {{ schema }}.ensure_view('history_supplier_assessments', $view$
select
    supplier_id,
    quarter,
    delivery_points,
    quality_points,
    price_points,
    sustainability_points,
    overall_points,
    assessed_on,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score
from (
    select * from {{ schema }}.missing_rows('supplier_assessments', null::{{ schema }}.supplier_assessments)
    union all
    select * from {{ schema }}.supplier_assessments
) as supplier_assessments
where not _deleted
$view$);

{% endmacro %}

{# What the columns and promises of the tables that stand are compared with. #}
{% macro shape_of_supplier_assessments() %}
{
    "kind": "event",
    "time_column": "assessed_on",
    "key": ["quarter", "supplier_id"],
    "physical_key": ["supplier_id", "quarter", "assessed_on"],
    "layout": null,
    "columns": [
        {"name": "supplier_id", "type": "character varying(16)"},
        {"name": "quarter", "type": "character varying(7)"},
        {"name": "delivery_points", "type": "smallint"},
        {"name": "quality_points", "type": "smallint"},
        {"name": "price_points", "type": "smallint"},
        {"name": "sustainability_points", "type": "smallint"},
        {"name": "overall_points", "type": "numeric(5,2)"},
        {"name": "assessed_on", "type": "date"},
        {"name": "updated_at", "type": "timestamp with time zone"}
    ]
}
{% endmacro %}

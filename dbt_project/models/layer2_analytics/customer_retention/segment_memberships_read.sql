{{ config(materialized='view') }}

-- One row per customer_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/segment_memberships.json: edit that file, not this one.
with segment_memberships as (
    select *
    from {{ ref('segment_memberships') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
),

segment_code as (
    select
        segment_code,
        segment_name
    from {{ ref('customer_segments') }}
    where not _deleted
),

previous_segment_code as (
    select
        segment_code,
        segment_name
    from {{ ref('customer_segments') }}
    where not _deleted
)

select
    segment_memberships.customer_id,
    customer.customer_name,
    segment_memberships.segment_code,
    segment_code.segment_name,
    segment_memberships.previous_segment_code,
    previous_segment_code.segment_name as previous_segment_name,
    segment_memberships.assigned_at,
    segment_memberships._loaded_at,
    segment_memberships._quality_issues,
    segment_memberships._quality_score
from segment_memberships
left join customer
    on segment_memberships.customer_id = customer.customer_id
left join segment_code
    on segment_memberships.segment_code = segment_code.segment_code
left join previous_segment_code
    on segment_memberships.previous_segment_code = previous_segment_code.segment_code

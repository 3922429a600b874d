{{ config(materialized='view') }}

-- One row per movement_id: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/loyalty_movements.json: edit that file, not this one.
select
    movement_id,
    account_number,
    movement_type,
    points,
    order_id,
    booked_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('loyalty_movements') }}
where not _deleted

{{ config(materialized='view') }}

-- One row per ticket_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one.
select
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
    updated_at,
    _loaded_at,
    _quality_issues,
    _quality_score
from {{ ref('support_tickets') }}
where not _deleted

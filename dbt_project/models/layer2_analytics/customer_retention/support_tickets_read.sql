{{ config(materialized='view') }}

-- One row per ticket_number: the newest record known. What readers see: no deleted rows, personal data only as its owner allows.
-- Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one.
with support_tickets as (
    select *
    from {{ ref('support_tickets') }}
    where not _deleted
),

customer as (
    select
        customer_id,
        customer_name
    from {{ ref('customers') }}
    where not _deleted
)

select
    support_tickets.ticket_number,
    support_tickets.customer_id,
    customer.customer_name,
    support_tickets.order_id,
    support_tickets.topic,
    support_tickets.status,
    support_tickets.first_reply_minutes,
    support_tickets.solved_in_minutes,
    support_tickets.satisfaction,
    support_tickets.opened_at,
    support_tickets.updated_at,
    support_tickets._loaded_at,
    support_tickets._quality_issues,
    support_tickets._quality_score
from support_tickets
left join customer
    on support_tickets.customer_id = customer.customer_id

{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['ticket_number', 'opened_at'],
        full_refresh=false,
        pre_hook="{{ lock_batch('support_tickets') }}",
        post_hook="{{ close_batch('support_tickets', ref('stg_customer_retention__support_tickets'), ref('rejected_support_tickets')) }}",
    )
}}

-- One row per ticket_number: the newest record known. Closes the batch.
-- Generated from definitions/object_models/customer_retention/support_tickets.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_support_tickets') }}
with accepted as (
    select
        ticket_number,
        customer_id,
        order_id,
        topic,
        status,
        subject,
        first_reply_minutes,
        solved_in_minutes,
        satisfaction,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by ticket_number
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_customer_retention__support_tickets') }}
    where _errors = '{}' and {{ in_open_batch('support_tickets') }}
),

known as (
    select distinct on (ticket_number)
        ticket_number,
        customer_id,
        order_id,
        topic,
        status,
        subject,
        first_reply_minutes,
        solved_in_minutes,
        satisfaction,
        opened_at,
        updated_at,
        _raw_seq,
        _source_order,
        _deleted
    from (
        select
            ticket_number,
            customer_id,
            order_id,
            topic,
            status,
            subject,
            first_reply_minutes,
            solved_in_minutes,
            satisfaction,
            opened_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ this }}
        where (ticket_number) in (
            select accepted.ticket_number
            from accepted
        )
        union all
        select
            ticket_number,
            customer_id,
            order_id,
            topic,
            status,
            subject,
            first_reply_minutes,
            solved_in_minutes,
            satisfaction,
            opened_at,
            updated_at,
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ cold_rows('support_tickets') }} as cold
        where (ticket_number) in (
            select accepted.ticket_number
            from accepted
        )
    ) as standing
    order by ticket_number, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on accepted.ticket_number = known.ticket_number
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
),

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
        earlier.ticket_number,
        earlier.customer_id,
        earlier.order_id,
        earlier.topic,
        earlier.status,
        earlier.subject,
        earlier.first_reply_minutes,
        earlier.solved_in_minutes,
        earlier.satisfaction,
        earlier.opened_at,
        earlier.updated_at,
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
        on newest.ticket_number = earlier.ticket_number
    where earlier.opened_at <> newest.opened_at and not earlier._deleted
)

select
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    subject,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
    updated_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest
union all
select
    ticket_number,
    customer_id,
    order_id,
    topic,
    status,
    subject,
    first_reply_minutes,
    solved_in_minutes,
    satisfaction,
    opened_at,
    updated_at,
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['pc_opportunity_id', 'email'],
        full_refresh=false,
        pre_hook="{{ lock_batch('opportunity_team_member') }}",
        post_hook="{{ close_batch('opportunity_team_member', ref('stg_partner_central__opportunity_team_member'), ref('rejected_opportunity_team_member')) }}",
    )
}}

-- One row per pc_opportunity_id and email: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/opportunity_team_member.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_opportunity_team_member') }}
-- depends_on: {{ ref('opportunity_team_member_versions') }}
with accepted as (
    select
        tenant_id,
        pc_opportunity_id,
        email,
        side,
        business_title,
        full_name,
        first_name,
        last_name,
        joined_at,
        left_at,
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_opportunity_id, email
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__opportunity_team_member') }}
    where _errors = '{}' and {{ in_open_batch('opportunity_team_member') }}
),

known as (
    select distinct on (pc_opportunity_id, email)
        tenant_id,
        pc_opportunity_id,
        email,
        side,
        business_title,
        full_name,
        first_name,
        last_name,
        joined_at,
        left_at,
        _raw_seq,
        _source_order,
        _deleted
    from {{ this }}
    where (pc_opportunity_id, email) in (
        select
            accepted.pc_opportunity_id,
            accepted.email
        from accepted
    )
    order by pc_opportunity_id, email, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.pc_opportunity_id = known.pc_opportunity_id
            and accepted.email = known.email
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
)

select
    tenant_id,
    pc_opportunity_id,
    email,
    side,
    business_title,
    full_name,
    first_name,
    last_name,
    joined_at,
    left_at,
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['pc_opportunity_id', 'related_entity_type', 'related_entity_id'],
        full_refresh=false,
        pre_hook="{{ lock_batch('opportunity_association') }}",
        post_hook="{{ close_batch('opportunity_association', ref('stg_partner_central__opportunity_association'), ref('rejected_opportunity_association')) }}",
    )
}}

-- One row per pc_opportunity_id and related_entity_type and related_entity_id: the newest record known. Closes the batch.
-- Generated from definitions/object_models/partner_central/opportunity_association.json: edit that file, not this one.
-- depends_on: {{ ref('rejected_opportunity_association') }}
-- depends_on: {{ ref('opportunity_association_versions') }}
with accepted as (
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
        _quality_issues,
        _quality_score,
        row_number() over (
            partition by pc_opportunity_id, related_entity_type, related_entity_id
            order by _source_order desc, _raw_seq desc
        ) as place
    from {{ ref('stg_partner_central__opportunity_association') }}
    where _errors = '{}' and {{ in_open_batch('opportunity_association') }}
),

known as (
    select distinct on (pc_opportunity_id, related_entity_type, related_entity_id)
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
        _deleted
    from {{ this }}
    where (pc_opportunity_id, related_entity_type, related_entity_id) in (
        select
            accepted.pc_opportunity_id,
            accepted.related_entity_type,
            accepted.related_entity_id
        from accepted
    )
    order by pc_opportunity_id, related_entity_type, related_entity_id, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
        on
            accepted.pc_opportunity_id = known.pc_opportunity_id
            and accepted.related_entity_type = known.related_entity_type
            and accepted.related_entity_id = known.related_entity_id
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
    now() as _loaded_at,
    1 as _definition_version,
    _quality_issues,
    _quality_score
from newest

-- One row per claimed raw record of opportunity_association, each field as its declared type, or null where it does not fit.
-- Generated from definitions/object_models/partner_central/opportunity_association.json: edit that file, not this one.
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload,

        run_id as _run_id
    from {{ source('partner_central', 'source_opportunity_association') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
        _payload,
        coalesce(nullif(_payload ->> 'tenant_id', ''), '00000000-0000-0000-0000-000000000000') as tenant_id,
        _payload ->> 'OpportunityIdentifier' as pc_opportunity_id,
        _payload ->> 'RelatedEntityType' as related_entity_type,
        _payload ->> 'RelatedEntityIdentifier' as related_entity_id,
        nullif(_payload ->> 'AssociatedAt', '') as associated_at,
        nullif(_payload ->> 'DisassociatedAt', '') as disassociated_at
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
        sent._correlation_id,
        typed.tenant_id,
        typed.pc_opportunity_id,
        typed.related_entity_type,
        typed.related_entity_id,
        typed.associated_at,
        typed.disassociated_at,
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
                {{ cast_fault('tenant_id', 'uuid', required=true) }},
                {{ cast_fault('pc_opportunity_id', 'varchar(40)', required=true) }},
                {{ cast_fault('related_entity_type', 'varchar(40)', required=true) }},
                {{ cast_fault('related_entity_id', 'varchar(255)', required=true) }},
                {{ cast_fault('associated_at', 'timestamptz', required=true) }},
                {{ cast_fault('disassociated_at', 'timestamptz') }}
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
            {{ cast_or_null('sent.tenant_id', 'uuid') }} as tenant_id,
            {{ cast_or_null('sent.pc_opportunity_id', 'varchar(40)') }} as pc_opportunity_id,
            {{ cast_or_null('sent.related_entity_type', 'varchar(40)') }} as related_entity_type,
            {{ cast_or_null('sent.related_entity_id', 'varchar(255)') }} as related_entity_id,
            {{ cast_or_null('sent.associated_at', 'timestamptz') }} as associated_at,
            {{ cast_or_null('sent.disassociated_at', 'timestamptz') }} as disassociated_at
        limit all offset 0
    ) as typed
),

computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
        typed._correlation_id,
        typed.tenant_id,
        typed.pc_opportunity_id,
        typed.related_entity_type,
        typed.related_entity_id,
        typed.associated_at,
        typed.disassociated_at,
        computed.solution_id,
        computed.product_code,
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
                {{ cast_fault('solution_id', 'varchar(40)', sent='reckoned', typed='computed') }},
                {{ cast_fault('product_code', 'varchar(80)', sent='reckoned', typed='computed') }}
            ], null)
        end as _cast_faults
    from typed
    left join lateral (
        select
            (case when related_entity_type = 'Solutions' then related_entity_id end)::text as solution_id,
            (case when related_entity_type = 'AwsProducts' then related_entity_id end)::text as product_code
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
            {{ cast_or_null('reckoned.solution_id', 'varchar(40)') }} as solution_id,
            {{ cast_or_null('reckoned.product_code', 'varchar(80)') }} as product_code
        limit all offset 0
    ) as computed on true
),

judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _correlation_id,
        tenant_id,
        pc_opportunity_id,
        related_entity_type,
        related_entity_id,
        solution_id,
        product_code,
        associated_at,
        disassociated_at,
        _cast_faults || array_remove(array[
            case
                when not (related_entity_type in ('Solutions', 'AwsProducts', 'AwsMarketplaceOffers', 'AwsMarketplaceOfferSets'))
                    then 'related_entity_type: expected one of Solutions, AwsProducts, AwsMarketplaceOffers, AwsMarketplaceOfferSets'
            end,
            case
                when not (char_length(related_entity_id) between 1 and 255)
                    then 'related_entity_id: expected 1 to 255 characters'
            end
        ], null) as _errors,
        array_remove(array[
            case
                when not (tenant_id <> '00000000-0000-0000-0000-000000000000')
                    then 'tenant_id: does not hold: tenant_id <> ''00000000-0000-0000-0000-000000000000'''
            end,
            case
                when not (pc_opportunity_id ~ '^O[0-9]{1,19}$')
                    then 'pc_opportunity_id: does not fit ^O[0-9]{1,19}$'
            end,
            case
                when not (disassociated_at is null or disassociated_at >= associated_at)
                    then 'disassociated_at: does not hold: disassociated_at is null or disassociated_at >= associated_at'
            end
        ], null) as _issues
    from computed
)

select
    _raw_seq,
    _raw_id,
    tenant_id,
    pc_opportunity_id,
    related_entity_type,
    related_entity_id,
    solution_id,
    product_code,
    associated_at,
    disassociated_at,
    _raw_seq as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    _correlation_id,
    _ingested_at as _valid_from,
    _errors || {{ too_long_for_an_index('opportunity_association') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / 5, 2)::numeric(3, 2) as _quality_score
from judged

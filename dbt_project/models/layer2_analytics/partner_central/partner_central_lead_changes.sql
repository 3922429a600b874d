{{ config(materialized='view') }}

-- One row per change a record of partner_central_lead went through: what was done, when, by whom, and from what to what.
-- Generated from definitions/object_models/partner_central/partner_central_lead.json: edit that file, not this one.
with version as (
    select
        pc_lead_id,
        _raw_seq,
        _correlation_id,
        valid_from as _changed_at,
        _deleted,
        coalesce(lag(_deleted) over in_order, true) as _was_deleted,
        null::text as _created_by,
        null::text as _updated_by,
        null::text as _deleted_by,
        jsonb_build_object(
            'id', id,
            'tenant_id', tenant_id,
            'pc_lead_id', pc_lead_id,
            'partner_crm_lead_id', partner_crm_lead_id,
            'source', source,
            'status', status,
            'lead_stage', lead_stage,
            'campaign_name', campaign_name,
            'industry', industry,
            'company_name', company_name,
            'contact_name', left(contact_name::text, (length(contact_name::text) > 3)::int) || '***',
            'email', {{ target.schema }}.tokenize(email::text),
            'country', country,
            'lead_age_days', lead_age_days,
            'created_at', created_at,
            'last_modified_at', last_modified_at
        ) as _values_now,
        array_remove(array[
            case
                when id is distinct from lag(id) over in_order
                    then 'id'
            end,
            case
                when tenant_id is distinct from lag(tenant_id) over in_order
                    then 'tenant_id'
            end,
            case
                when partner_crm_lead_id is distinct from lag(partner_crm_lead_id) over in_order
                    then 'partner_crm_lead_id'
            end,
            case
                when source is distinct from lag(source) over in_order
                    then 'source'
            end,
            case
                when status is distinct from lag(status) over in_order
                    then 'status'
            end,
            case
                when lead_stage is distinct from lag(lead_stage) over in_order
                    then 'lead_stage'
            end,
            case
                when campaign_name is distinct from lag(campaign_name) over in_order
                    then 'campaign_name'
            end,
            case
                when industry is distinct from lag(industry) over in_order
                    then 'industry'
            end,
            case
                when company_name is distinct from lag(company_name) over in_order
                    then 'company_name'
            end,
            case
                when contact_name is distinct from lag(contact_name) over in_order
                    then 'contact_name'
            end,
            case
                when email is distinct from lag(email) over in_order
                    then 'email'
            end,
            case
                when country is distinct from lag(country) over in_order
                    then 'country'
            end,
            case
                when lead_age_days is distinct from lag(lead_age_days) over in_order
                    then 'lead_age_days'
            end,
            case
                when created_at is distinct from lag(created_at) over in_order
                    then 'created_at'
            end,
            case
                when last_modified_at is distinct from lag(last_modified_at) over in_order
                    then 'last_modified_at'
            end,
            case
                when payload_json is distinct from lag(payload_json) over in_order
                    then 'payload_json'
            end
        ], null)::text[] as _changed_columns,
        row_number() over in_order as _place
    from {{ ref('partner_central_lead_versions') }}
    window in_order as (partition by pc_lead_id order by _source_order, _raw_seq)
),

beside_the_one_before as (
    select
        *,
        lag(_values_now) over (partition by pc_lead_id order by _place) as _values_before
    from version
),

-- A record that says what was known already changes nothing.
change as (
    select
        *,
        case
            when _deleted then 'delete'
            when _was_deleted then 'insert'
            else 'update'
        end as _operation
    from beside_the_one_before
    where not (_deleted and _was_deleted and _place > 1) and (_was_deleted <> _deleted or _changed_columns <> '{}')
)

select
    pc_lead_id,
    (row_number() over so_far)::integer as version,
    _operation as operation,
    _changed_at as changed_at,
    case _operation
        when 'insert' then _created_by
        when 'delete' then _deleted_by
        else _updated_by
    end as changed_by,
    case when _operation = 'update' then _changed_columns end as changed_columns,
    case
        when _operation = 'update'
            then (
                select jsonb_object_agg(old.key, old.value)
                from jsonb_each(change._values_before) as old
                where old.key = any(change._changed_columns)
            )
        when _operation = 'delete' then _values_before
    end as old_values,
    case
        when _operation = 'update'
            then (
                select jsonb_object_agg(new.key, new.value)
                from jsonb_each(change._values_now) as new
                where new.key = any(change._changed_columns)
            )
        when _operation = 'insert' then _values_now
    end as new_values,
    _correlation_id as correlation_id,
    max(_changed_at) filter (where _operation = 'insert') over so_far as created_at,
    first_value(_created_by) over so_far as created_by,
    case when _deleted then _changed_at end as deleted_at,
    _raw_seq
from change
window so_far as (partition by pc_lead_id order by _place)

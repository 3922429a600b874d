{{ config(materialized='view') }}

-- One row per change a record of partner_central_opportunity went through: what was done, when, by whom, and from what to what.
-- Generated from definitions/object_models/partner_central/partner_central_opportunity.json: edit that file, not this one.
with version as (
    select
        pc_opportunity_id,
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
            'pc_opportunity_id', pc_opportunity_id,
            'title', title,
            'pc_stage', pc_stage,
            'lifecycle_stage', lifecycle_stage,
            'outcome', outcome,
            'closed_lost_reason', closed_lost_reason,
            'pc_review_status', pc_review_status,
            'engagement_status', engagement_status,
            'opportunity_type', opportunity_type,
            'customer_company_name', customer_company_name,
            'customer_account_id', customer_account_id,
            'customer_industry', customer_industry,
            'customer_country_code', customer_country_code,
            'expected_spend_amount', expected_spend_amount,
            'expected_spend_currency', expected_spend_currency,
            'expected_revenue_usd', expected_revenue_usd,
            'software_revenue_amount', software_revenue_amount,
            'close_date', close_date,
            'quarter', quarter,
            'partner_solution_id', partner_solution_id,
            'marketing_campaign', marketing_campaign,
            'primary_needs', primary_needs,
            'delivery_models', delivery_models,
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
                when title is distinct from lag(title) over in_order
                    then 'title'
            end,
            case
                when pc_stage is distinct from lag(pc_stage) over in_order
                    then 'pc_stage'
            end,
            case
                when lifecycle_stage is distinct from lag(lifecycle_stage) over in_order
                    then 'lifecycle_stage'
            end,
            case
                when outcome is distinct from lag(outcome) over in_order
                    then 'outcome'
            end,
            case
                when closed_lost_reason is distinct from lag(closed_lost_reason) over in_order
                    then 'closed_lost_reason'
            end,
            case
                when pc_review_status is distinct from lag(pc_review_status) over in_order
                    then 'pc_review_status'
            end,
            case
                when engagement_status is distinct from lag(engagement_status) over in_order
                    then 'engagement_status'
            end,
            case
                when opportunity_type is distinct from lag(opportunity_type) over in_order
                    then 'opportunity_type'
            end,
            case
                when customer_company_name is distinct from lag(customer_company_name) over in_order
                    then 'customer_company_name'
            end,
            case
                when customer_account_id is distinct from lag(customer_account_id) over in_order
                    then 'customer_account_id'
            end,
            case
                when customer_industry is distinct from lag(customer_industry) over in_order
                    then 'customer_industry'
            end,
            case
                when customer_country_code is distinct from lag(customer_country_code) over in_order
                    then 'customer_country_code'
            end,
            case
                when expected_spend_amount is distinct from lag(expected_spend_amount) over in_order
                    then 'expected_spend_amount'
            end,
            case
                when expected_spend_currency is distinct from lag(expected_spend_currency) over in_order
                    then 'expected_spend_currency'
            end,
            case
                when expected_revenue_usd is distinct from lag(expected_revenue_usd) over in_order
                    then 'expected_revenue_usd'
            end,
            case
                when software_revenue_amount is distinct from lag(software_revenue_amount) over in_order
                    then 'software_revenue_amount'
            end,
            case
                when close_date is distinct from lag(close_date) over in_order
                    then 'close_date'
            end,
            case
                when quarter is distinct from lag(quarter) over in_order
                    then 'quarter'
            end,
            case
                when partner_solution_id is distinct from lag(partner_solution_id) over in_order
                    then 'partner_solution_id'
            end,
            case
                when marketing_campaign is distinct from lag(marketing_campaign) over in_order
                    then 'marketing_campaign'
            end,
            case
                when primary_needs is distinct from lag(primary_needs) over in_order
                    then 'primary_needs'
            end,
            case
                when delivery_models is distinct from lag(delivery_models) over in_order
                    then 'delivery_models'
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
    from {{ ref('partner_central_opportunity_versions') }}
    window in_order as (partition by pc_opportunity_id order by _source_order, _raw_seq)
),

beside_the_one_before as (
    select
        *,
        lag(_values_now) over (partition by pc_opportunity_id order by _place) as _values_before
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
    pc_opportunity_id,
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
window so_far as (partition by pc_opportunity_id order by _place)

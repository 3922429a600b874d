{{ config(materialized='view') }}

-- One row per change a record of ace_opportunity went through: what was done, when, by whom, and from what to what.
-- Generated from definitions/object_models/partner_central/ace_opportunity.json: edit that file, not this one.
with version as (
    select
        partner_crm_id,
        _raw_seq,
        _correlation_id,
        valid_from as _changed_at,
        _deleted,
        coalesce(lag(_deleted) over in_order, true) as _was_deleted,
        null::text as _created_by,
        null::text as _updated_by,
        null::text as _deleted_by,
        jsonb_build_object(
            'tenant_id', tenant_id,
            'partner_crm_id', partner_crm_id,
            'pc_opportunity_id', pc_opportunity_id,
            'title', title,
            'stage', stage,
            'review_status', review_status,
            'company_name', company_name,
            'customer_email', {{ target.schema }}.tokenize(customer_email::text),
            'close_date', close_date,
            'expected_monthly_revenue', expected_monthly_revenue,
            'customer_software_value', customer_software_value,
            'products', products,
            'solutions', solutions,
            'last_modified_at', last_modified_at
        ) as _values_now,
        array_remove(array[
            case
                when tenant_id is distinct from lag(tenant_id) over in_order
                    then 'tenant_id'
            end,
            case
                when pc_opportunity_id is distinct from lag(pc_opportunity_id) over in_order
                    then 'pc_opportunity_id'
            end,
            case
                when title is distinct from lag(title) over in_order
                    then 'title'
            end,
            case
                when stage is distinct from lag(stage) over in_order
                    then 'stage'
            end,
            case
                when review_status is distinct from lag(review_status) over in_order
                    then 'review_status'
            end,
            case
                when company_name is distinct from lag(company_name) over in_order
                    then 'company_name'
            end,
            case
                when customer_email is distinct from lag(customer_email) over in_order
                    then 'customer_email'
            end,
            case
                when close_date is distinct from lag(close_date) over in_order
                    then 'close_date'
            end,
            case
                when expected_monthly_revenue is distinct from lag(expected_monthly_revenue) over in_order
                    then 'expected_monthly_revenue'
            end,
            case
                when customer_software_value is distinct from lag(customer_software_value) over in_order
                    then 'customer_software_value'
            end,
            case
                when products is distinct from lag(products) over in_order
                    then 'products'
            end,
            case
                when solutions is distinct from lag(solutions) over in_order
                    then 'solutions'
            end,
            case
                when last_modified_at is distinct from lag(last_modified_at) over in_order
                    then 'last_modified_at'
            end
        ], null)::text[] as _changed_columns,
        row_number() over in_order as _place
    from {{ ref('ace_opportunity_versions') }}
    window in_order as (partition by partner_crm_id order by _source_order, _raw_seq)
),

beside_the_one_before as (
    select
        *,
        lag(_values_now) over (partition by partner_crm_id order by _place) as _values_before
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
    partner_crm_id,
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
window so_far as (partition by partner_crm_id order by _place)

{{ config(materialized='view') }}

-- One row per change a record of compliance_control went through: what was done, when, by whom, and from what to what.
-- Generated from definitions/object_models/compliance/compliance_control.json: edit that file, not this one.
with version as (
    select
        control_id,
        _raw_seq,
        _correlation_id,
        valid_from as _changed_at,
        _deleted,
        coalesce(lag(_deleted) over in_order, true) as _was_deleted,
        null::text as _created_by,
        null::text as _updated_by,
        null::text as _deleted_by,
        jsonb_build_object(
            'control_id', control_id,
            'tenant_id', tenant_id,
            'policy_id', policy_id,
            'title', title,
            'control_kind', control_kind,
            'is_automated', is_automated,
            'frequency', frequency,
            'status', status,
            'updated_at', updated_at
        ) as _values_now,
        array_remove(array[
            case
                when tenant_id is distinct from lag(tenant_id) over in_order
                    then 'tenant_id'
            end,
            case
                when policy_id is distinct from lag(policy_id) over in_order
                    then 'policy_id'
            end,
            case
                when title is distinct from lag(title) over in_order
                    then 'title'
            end,
            case
                when control_kind is distinct from lag(control_kind) over in_order
                    then 'control_kind'
            end,
            case
                when is_automated is distinct from lag(is_automated) over in_order
                    then 'is_automated'
            end,
            case
                when frequency is distinct from lag(frequency) over in_order
                    then 'frequency'
            end,
            case
                when status is distinct from lag(status) over in_order
                    then 'status'
            end,
            case
                when updated_at is distinct from lag(updated_at) over in_order
                    then 'updated_at'
            end
        ], null)::text[] as _changed_columns,
        row_number() over in_order as _place
    from {{ ref('compliance_control_versions') }}
    window in_order as (partition by control_id order by _source_order, _raw_seq)
),

beside_the_one_before as (
    select
        *,
        lag(_values_now) over (partition by control_id order by _place) as _values_before
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
    control_id,
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
window so_far as (partition by control_id order by _place)

{{ config(materialized='view') }}

-- One row per change a record of marketplace_change_set went through: what was done, when, by whom, and from what to what.
-- Generated from definitions/object_models/marketplace/marketplace_change_set.json: edit that file, not this one.
with version as (
    select
        change_set_id,
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
            'change_set_id', change_set_id,
            'change_set_name', change_set_name,
            'status', status,
            'product_id', product_id,
            'change_types', change_types,
            'failure_code', failure_code,
            'started_at', started_at,
            'ended_at', ended_at,
            'last_seen_at', last_seen_at
        ) as _values_now,
        array_remove(array[
            case
                when tenant_id is distinct from lag(tenant_id) over in_order
                    then 'tenant_id'
            end,
            case
                when change_set_name is distinct from lag(change_set_name) over in_order
                    then 'change_set_name'
            end,
            case
                when status is distinct from lag(status) over in_order
                    then 'status'
            end,
            case
                when product_id is distinct from lag(product_id) over in_order
                    then 'product_id'
            end,
            case
                when change_types is distinct from lag(change_types) over in_order
                    then 'change_types'
            end,
            case
                when failure_code is distinct from lag(failure_code) over in_order
                    then 'failure_code'
            end,
            case
                when started_at is distinct from lag(started_at) over in_order
                    then 'started_at'
            end,
            case
                when ended_at is distinct from lag(ended_at) over in_order
                    then 'ended_at'
            end,
            case
                when last_seen_at is distinct from lag(last_seen_at) over in_order
                    then 'last_seen_at'
            end
        ], null)::text[] as _changed_columns,
        row_number() over in_order as _place
    from {{ ref('marketplace_change_set_versions') }}
    window in_order as (partition by change_set_id order by _source_order, _raw_seq)
),

beside_the_one_before as (
    select
        *,
        lag(_values_now) over (partition by change_set_id order by _place) as _values_before
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
    change_set_id,
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
window so_far as (partition by change_set_id order by _place)

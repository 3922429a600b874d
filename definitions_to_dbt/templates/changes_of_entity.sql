{{ config(materialized='view') }}

-- One row per change a record of << table >> went through: what was done, when, by whom, and from what to what.
-- << notice >>
with version as (
    select
<% for name in key_names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _correlation_id,
        valid_from as _changed_at,
        _deleted,
        coalesce(lag(_deleted) over in_order, true) as _was_deleted,
        << said_by.created >> as _created_by,
        << said_by.updated >> as _updated_by,
        << said_by.deleted >> as _deleted_by,
<% for part in shown %>
        << "|| " if not loop.first >>jsonb_build_object(
<% for column in part %>
            << column.name | literal >>, << column.value >><< "," if not loop.last >>
<% endfor %>
        )<< " as _values_now," if loop.last >>
<% endfor %>
<% if not shown %>
        '{}'::jsonb as _values_now,
<% endif %>
        array_remove(array[
<% for column in compared %>
            case
                when << column.value >> is distinct from lag(<< column.value >>) over in_order
                    then << column.name | literal >>
            end<< "," if not loop.last >>
<% endfor %>
        ], null)::text[] as _changed_columns,
        row_number() over in_order as _place
    from {{ ref('<< versions >>') }}
    window in_order as (partition by << key >> order by _source_order, _raw_seq)
),

beside_the_one_before as (
    select
        *,
        lag(_values_now) over (partition by << key >> order by _place) as _values_before
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
<% for column in keys %>
    << column >>,
<% endfor %>
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
window so_far as (partition by << key >> order by _place)

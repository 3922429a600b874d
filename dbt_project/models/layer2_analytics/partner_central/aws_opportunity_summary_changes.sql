{{ config(materialized='view') }}

-- One row per change a record of aws_opportunity_summary went through: what was done, when, by whom, and from what to what.
-- Generated from definitions/object_models/partner_central/aws_opportunity_summary.json: edit that file, not this one.
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
            'tenant_id', tenant_id,
            'pc_opportunity_id', pc_opportunity_id,
            'involvement_type', involvement_type,
            'visibility', visibility,
            'origin', origin,
            'aws_stage', aws_stage,
            'aws_close_date', aws_close_date,
            'engagement_score', engagement_score,
            'next_best_actions', next_best_actions,
            'last_modified_at', last_modified_at
        ) as _values_now,
        array_remove(array[
            case
                when tenant_id is distinct from lag(tenant_id) over in_order
                    then 'tenant_id'
            end,
            case
                when involvement_type is distinct from lag(involvement_type) over in_order
                    then 'involvement_type'
            end,
            case
                when visibility is distinct from lag(visibility) over in_order
                    then 'visibility'
            end,
            case
                when origin is distinct from lag(origin) over in_order
                    then 'origin'
            end,
            case
                when aws_stage is distinct from lag(aws_stage) over in_order
                    then 'aws_stage'
            end,
            case
                when aws_close_date is distinct from lag(aws_close_date) over in_order
                    then 'aws_close_date'
            end,
            case
                when engagement_score is distinct from lag(engagement_score) over in_order
                    then 'engagement_score'
            end,
            case
                when next_best_actions is distinct from lag(next_best_actions) over in_order
                    then 'next_best_actions'
            end,
            case
                when last_modified_at is distinct from lag(last_modified_at) over in_order
                    then 'last_modified_at'
            end
        ], null)::text[] as _changed_columns,
        row_number() over in_order as _place
    from {{ ref('aws_opportunity_summary_versions') }}
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

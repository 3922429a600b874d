-- One row per claimed raw record of << table >>, each field as its declared type, or null where it does not fit.
-- << notice >>
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as _payload
    from {{ source('<< source >>', '<< source_table >>') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
        _payload,
<% for column in sent %>
        << column.field >> as << column.name | q >><< "," if not loop.last >>
<% endfor %>
    from claimed
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
<% for column in sent %>
        typed.<< column.name | q >>,
<% endfor %>
        case
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
<% for column in sent %>
                {{ cast_fault(<< column.fault_arguments >>) }}<< "," if not loop.last >>
<% endfor %>
            ], null)
        end as _cast_faults
    from sent
    cross join lateral (
        select
<% for column in sent %>
            {{ cast_or_null(<< column.arguments >>) }} as << column.name | q >><< "," if not loop.last >>
<% endfor %>
        limit all offset 0
    ) as typed
),

<% if computed %>
computed as (
    select
        typed._raw_seq,
        typed._raw_id,
        typed._batch_id,
        typed._ingested_at,
<% for column in sent %>
        typed.<< column.name | q >>,
<% endfor %>
<% for column in computed %>
        computed.<< column.name | q >>,
<% endfor %>
        typed._cast_faults || array_remove(array[
<% for column in computed %>
            {{ cast_fault(<< column.fault_arguments >>) }}<< "," if not loop.last >>
<% endfor %>
        ], null) as _cast_faults
    from typed
    left join lateral (
<% if computed | length == 1 %>
        select (<< computed[0].expression >>)::text as << computed[0].name | q >>
<% else %>
        select
<% for column in computed %>
            (<< column.expression >>)::text as << column.name | q >><< "," if not loop.last >>
<% endfor %>
<% endif %>
        limit all offset 0
    ) as reckoned on true
    left join lateral (
        select
<% for column in computed %>
            {{ cast_or_null(<< column.arguments >>) }} as << column.name | q >><< "," if not loop.last >>
<% endfor %>
        limit all offset 0
    ) as computed on true
),

<% endif %>
judged as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
<% for name in names %>
        << name | q >>,
<% endfor %>
<% if errors %>
        _cast_faults || array_remove(array[
<% for rule in errors %>
            case
                when not (<< rule.holds >>)
                    then << rule.reason | literal >>
            end<< "," if not loop.last >>
<% endfor %>
        ], null) as _errors,
<% else %>
        _cast_faults as _errors,
<% endif %>
<% if issues %>
        array_remove(array[
<% for rule in issues %>
            case
                when not (<< rule.holds >>)
                    then << rule.reason | literal >>
            end<< "," if not loop.last >>
<% endfor %>
        ], null) as _issues
<% else %>
        array[]::text[] as _issues
<% endif %>
    from << "computed" if computed else "typed" >>
)

select
    _raw_seq,
    _raw_id,
<% for name in names %>
    << name | q >>,
<% endfor %>
    << source_order >> as _source_order,
    false as _deleted,
    _batch_id,
    _ingested_at,
    << valid_from >> as _valid_from,
    _errors || {{ too_long_for_an_index('<< table >>') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / << rule_count >>, 2)::numeric(3, 2) as _quality_score
from judged

-- One row per claimed raw record of << table >>, each field as its declared type, or null where it does not fit.
-- << notice >>
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq,
        raw_id,
        batch_id,
        ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as payload
    from {{ source('<< source >>', '<< source_table >>') }}
    where batch_id is not null and not processed
    offset 0
),

sent as (
    select
        raw_seq,
        raw_id,
        batch_id,
        ingested_at,
        payload,
<% for column in sent %>
        << column.field >> as << column.name | q >><< "," if not loop.last >>
<% endfor %>
    from claimed
),

typed as (
    select
        sent.raw_seq,
        sent.raw_id,
        sent.batch_id,
        sent.ingested_at,
<% for column in sent %>
        typed.<< column.name | q >>,
<% endfor %>
        case
            when sent.payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent.payload) <> 'object' then array['payload: not a JSON object']
            else array_remove(array[
<% for column in sent %>
                {{ cast_fault(<< column.fault_arguments >>) }}<< "," if not loop.last >>
<% endfor %>
            ], null)
        end as cast_faults
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
        typed.raw_seq,
        typed.raw_id,
        typed.batch_id,
        typed.ingested_at,
<% for column in sent %>
        typed.<< column.name | q >>,
<% endfor %>
<% for column in computed %>
        computed.<< column.name | q >>,
<% endfor %>
        typed.cast_faults || array_remove(array[
<% for column in computed %>
            {{ cast_fault(<< column.fault_arguments >>) }}<< "," if not loop.last >>
<% endfor %>
        ], null) as cast_faults
    from typed
    cross join lateral (
        select
<% for column in computed %>
            (<< column.expression >>)::text as << column.name | q >><< "," if not loop.last >>
<% endfor %>
        limit all offset 0
    ) as reckoned
    cross join lateral (
        select
<% for column in computed %>
            {{ cast_or_null(<< column.arguments >>) }} as << column.name | q >><< "," if not loop.last >>
<% endfor %>
        limit all offset 0
    ) as computed
),

<% endif %>
judged as (
    select
        raw_seq,
        raw_id,
        batch_id,
        ingested_at,
<% for name in names %>
        << name | q >>,
<% endfor %>
<% if errors %>
        cast_faults || array_remove(array[
<% for rule in errors %>
            case
                when not (<< rule.holds >>)
                    then << rule.reason | literal >>
            end<< "," if not loop.last >>
<% endfor %>
        ], null) as errors,
<% else %>
        cast_faults as errors,
<% endif %>
<% if issues %>
        array_remove(array[
<% for rule in issues %>
            case
                when not (<< rule.holds >>)
                    then << rule.reason | literal >>
            end<< "," if not loop.last >>
<% endfor %>
        ], null) as issues
<% else %>
        array[]::text[] as issues
<% endif %>
    from << "computed" if computed else "typed" >>
)

select
    raw_seq as _raw_seq,
    raw_id,
<% for name in names %>
    << name | q >>,
<% endfor %>
    << source_order >> as _source_order,
    false as _deleted,
    batch_id as _batch_id,
    ingested_at,
    << valid_from >> as _valid_from,
    errors || {{ too_long_for_an_index('<< table >>') }} as _errors,
    issues as _quality_issues,
    round(1 - cardinality(issues)::numeric / << rule_count >>, 2)::numeric(3, 2) as _quality_score
from judged

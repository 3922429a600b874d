-- One row per claimed raw record of << table >>, each field as its declared type, or null where it does not fit.
-- << notice >>
-- OFFSET 0 keeps PostgreSQL from working out the same payload or cast again wherever its value is used.
with claimed as (
    select
        raw_seq as _raw_seq,
        raw_id as _raw_id,
        batch_id as _batch_id,
        ingested_at as _ingested_at,
        case when {{ is_readable('raw_data') }} then raw_data::jsonb end as << "_message" if change else "_payload" >><< "," if versions >>

<% if versions %>
        run_id as _run_id
<% endif %>
    from {{ source('<< source >>', '<< source_table >>') }}
    where batch_id is not null and not processed
    offset 0
),

<% if change %>
-- << change.says >>
received as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
<% if versions %>
        {{ correlation_id('_message', '_run_id') }} as _correlation_id,
<% endif %>
        << change.envelope >> as _envelope,
        << change.key >> as _key
    from claimed
    offset 0
),

told as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
<% if versions %>
        _correlation_id,
<% endif %>
        _envelope,
        _key,
        coalesce(
            << change.is_delete >>,
            false
        ) as _deleted
    from received
    offset 0
),

given as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
<% if versions %>
        _correlation_id,
<% endif %>
        _envelope,
        _key,
        _deleted,
        << change.row >> as _payload,
        << change.lsn >> as _lsn,
        << change.time >> as _time
    from told
    offset 0
),

-- Where it stands in the sender's log, and when it happened by the sender's clock.
timed as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
<% if versions %>
        _correlation_id,
<% endif %>
        _envelope,
        _key,
        _deleted,
        _payload,
        _lsn,
        _time,
        {{ lsn_order('_lsn') }} as _lsn_order,
        {{ change_time('_time', '<< change.time_format >>') }} as _changed_at
    from given
    offset 0
),

<% endif %>
sent as (
    select
        _raw_seq,
        _raw_id,
        _batch_id,
        _ingested_at,
<% if versions and change %>
        _correlation_id,
<% elif versions %>
        {{ correlation_id('_payload', '_run_id') }} as _correlation_id,
<% endif %>
<% if change %>
        _deleted,
        _changed_at,
        coalesce(_lsn_order, (extract(epoch from _changed_at) * 1000000)::bigint) as _order,
        case
<% for condition, reason in change.faults %>
            when<< " " if not condition.startswith("\n") >><< condition >>
                then << reason | literal >>
<% endfor %>
            when _lsn is not null and _lsn_order is null then 'lsn: not pg_lsn'
            when _time is not null and _changed_at is null then '<< change.time_name >>: not a time'
        end as _fault,
<% else %>
        _payload,
<% endif %>
<% for column in sent %>
        << column.field >> as << column.name | q >><< "," if not loop.last >>
<% endfor %>
    from << "timed" if change else "claimed" >>
),

typed as (
    select
        sent._raw_seq,
        sent._raw_id,
        sent._batch_id,
        sent._ingested_at,
<% if versions %>
        sent._correlation_id,
<% endif %>
<% for name in of_change %>
        sent.<< name >>,
<% endfor %>
<% for column in sent %>
        typed.<< column.name | q >>,
<% endfor %>
        case
<% if change %>
            when sent._fault is not null then array[sent._fault]
<% else %>
            when sent._payload is null then array['payload: not readable as JSON']
            when jsonb_typeof(sent._payload) <> 'object' then array['payload: not a JSON object']
<% endif %>
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
<% if versions %>
        typed._correlation_id,
<% endif %>
<% for name in of_change %>
        typed.<< name >>,
<% endfor %>
<% for column in sent %>
        typed.<< column.name | q >>,
<% endfor %>
<% for column in computed %>
        computed.<< column.name | q >>,
<% endfor %>
        typed._cast_faults || case
            when typed._cast_faults[1] in ('payload: not readable as JSON', 'payload: not a JSON object')
                then array[]::text[]
            else array_remove(array[
<% for column in computed %>
                {{ cast_fault(<< column.fault_arguments >>) }}<< "," if not loop.last >>
<% endfor %>
            ], null)
        end as _cast_faults
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
<% if versions %>
        _correlation_id,
<% endif %>
<% for name in of_change %>
        << name >>,
<% endfor %>
<% for name in names %>
        << name | q >>,
<% endfor %>
<% if errors %>
        _cast_faults || array_remove(array[
<% for rule in errors %>
            case
                when << "not _deleted and " if change >>not (<< rule.holds >>)
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
                when << "not _deleted and " if change >>not (<< rule.holds >>)
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
<% if name in given_by_delete %>
    case
        when _deleted
            then coalesce(
                << name | q >>,
                << given_by_delete[name] >>
            )
        else << name | q >>
    end as << name | q >>,
<% else %>
    << name | q >>,
<% endif %>
<% endfor %>
<% if change %>
    coalesce(<< source_order >>, _raw_seq) as _source_order,
    _deleted,
<% else %>
    << source_order >> as _source_order,
    false as _deleted,
<% endif %>
    _batch_id,
    _ingested_at,
<% if versions %>
    _correlation_id,
<% endif %>
    << valid_from >> as _valid_from,
    _errors || {{ too_long_for_an_index('<< table >>') }} as _errors,
    _issues as _quality_issues,
    round(1 - cardinality(_issues)::numeric / << rule_count >>, 2)::numeric(3, 2) as _quality_score<< "," if change >>
<% if change %>
    << source_order >> is null as _has_no_order
<% endif %>
from judged

{{
    config(
        materialized='incremental',
        incremental_strategy='<< strategy >>',
<% if physical_key %>
        unique_key=[<% for name in physical_key %>'<< name >>'<< ", " if not loop.last >><% endfor %>],
<% endif %>
        full_refresh=false,
        pre_hook="{{ lock_batch('<< table >>') }}",
        post_hook="{{ close_batch('<< table >>', ref('<< staging >>'), ref('<< rejected >>')) }}",
    )
}}

-- << grain >> Closes the batch.
-- << notice >>
-- depends_on: {{ ref('<< rejected >>') }}
<% if versions %>
-- depends_on: {{ ref('<< versions >>') }}
<% endif %>
with accepted as (
    select
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score<< "," if key >>
<% if change %>
        _has_no_order
<% elif key %>
        row_number() over (
            partition by << key >>
            order by _source_order desc, _raw_seq desc
        ) as place
<% endif %>
    from {{ ref('<< staging >>') }}
    where _errors = '{}' and {{ in_open_batch('<< table >>') }}
)<% if key %>,

known as (
    select distinct on (<< key >>)
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted
<% if ages %>
    from (
<% for relation in ["{{ this }}", "{{ cold_rows('" ~ table ~ "') }} as cold"] %>
        select
<% for name in names %>
            << name | q >>,
<% endfor %>
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from << relation >>
        where (<< key >>) in (
            select<% if key_names | length == 1 %> accepted.<< key >><% endif %>

<% if key_names | length > 1 %>
<% for name in key_names %>
                accepted.<< name | q >><< "," if not loop.last >>
<% endfor %>
<% endif %>
            from accepted
        )
<% if not loop.last %>
        union all
<% endif %>
<% endfor %>
    ) as standing
<% else %>
    from {{ this }}
    where (<< key >>) in (
        select<% if key_names | length == 1 %> accepted.<< key >><% endif %>

<% if key_names | length > 1 %>
<% for name in key_names %>
            accepted.<< name | q >><< "," if not loop.last >>
<% endfor %>
<% endif %>
        from accepted
    )
<% endif %>
    order by << key >>, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
),

<% if change %>
everything as (
    select
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _quality_issues,
        _quality_score,
        _has_no_order,
        true as _is_new
    from accepted
    union all
    select
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted,
        null::bigint as _batch_id,
        null::text[] as _quality_issues,
        null::numeric(3, 2) as _quality_score,
        false as _has_no_order,
        false as _is_new
    from known
),

<% with carried = ["_batch_id", "_quality_issues", "_quality_score"] %>
<% include "changes.sql" %>
<% endwith %>
),

ranked as (
    select
        *,
        row_number() over (
            partition by << key >>
            order by _source_order desc, _raw_seq desc, _is_new desc
        ) as place
    from filled
),

-- An older change never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select ranked.*
    from ranked
    left join known
<% if key_names | length == 1 %>
        on ranked.<< key >> = known.<< key >>
<% else %>
        on
<% for name in key_names %>
            << "and " if not loop.first >>ranked.<< name | q >> = known.<< name | q >>
<% endfor %>
<% endif %>
    where
        ranked.place = 1
        and ranked._is_new
        and (known._raw_seq is null or not {{ says_the_same('ranked', 'known') }})
<% else %>
-- An older record never overwrites a newer one, and one that says nothing new changes nothing.
newest as (
    select accepted.*
    from accepted
    left join known
<% if key_names | length == 1 %>
        on accepted.<< key >> = known.<< key >>
<% else %>
        on
<% for name in key_names %>
            << "and " if not loop.first >>accepted.<< name | q >> = known.<< name | q >>
<% endfor %>
<% endif %>
    where
        accepted.place = 1
        and (
            known._raw_seq is null
            or (accepted._source_order, accepted._raw_seq) >= (known._source_order, known._raw_seq)
            and not {{ says_the_same('accepted', 'known') }}
        )
<% endif %>
)<% if moves %>,

-- An event that moved in time leaves a mark at its old place, which may be archived by then.
moved as (
    select
<% for name in names %>
        earlier.<< name | q >>,
<% endfor %>
        newest._raw_seq,
        newest._source_order,
        newest._batch_id
    from newest
    inner join {{ this }} as earlier
<% if key_names | length == 1 %>
        on newest.<< key >> = earlier.<< key >>
<% else %>
        on
<% for name in key_names %>
            << "and " if not loop.first >>newest.<< name | q >> = earlier.<< name | q >>
<% endfor %>
<% endif %>
    where earlier.<< time_column | q >> <> newest.<< time_column | q >> and not earlier._deleted
)<% endif %>

<% endif %>

select
<% for name in names %>
    << name | q >>,
<% endfor %>
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    now() as _loaded_at,
    << version >> as _definition_version,
    _quality_issues,
    _quality_score
from << "newest" if key else "accepted" >>
<% if not key %>
where
    _raw_seq not in (select known._raw_seq from {{ this }} as known)
<% if ages %>
    and _raw_seq not in (select cold._raw_seq from {{ cold_rows('<< table >>') }} as cold)
<% endif %>
<% endif %>
<% if moves %>
union all
select
<% for name in names %>
    << name | q >>,
<% endfor %>
    _raw_seq,
    _source_order,
    true as _deleted,
    _batch_id,
    now() as _loaded_at,
    << version >> as _definition_version,
    array[]::text[] as _quality_issues,
    null::numeric(3, 2) as _quality_score
from moved
<% endif %>

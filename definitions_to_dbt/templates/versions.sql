{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook="{{ lock_batch('<< table >>') }}",
        post_hook="{{ drop_stale_versions('<< table >>', ref('<< staging >>')) }}",
    )
}}

-- One row per version a record of << table >> had, by the source's own order. A late record takes its place in between.
-- << notice >>
-- depends_on: {{ ref('<< rejected >>') }}
with accepted as (
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
        _quality_score,
        _valid_from as valid_from,
        _correlation_id<< "," if change >>
<% if change %>
        _has_no_order
<% endif %>
    from {{ ref('<< staging >>') }}
    where _errors = '{}' and {{ in_open_batch('<< table >>') }}
),

-- The versions already known of the same objects, whose ends may move.
known as (
    select
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted,
        _batch_id,
        _loaded_at,
        _definition_version,
        _quality_issues,
        _quality_score,
        valid_from,
        _correlation_id
    from {{ this }} as standing
    where
        (<< key >>) in (
            select<% if key_names | length == 1 %> accepted.<< key >><% endif %>

<% if key_names | length > 1 %>
<% for name in key_names %>
                accepted.<< name | q >><< "," if not loop.last >>
<% endfor %>
<% endif %>
            from accepted
            union all
            select<% if key_names | length == 1 %> earlier.<< key >><% endif %>

<% if key_names | length > 1 %>
<% for name in key_names %>
                earlier.<< name | q >><< "," if not loop.last >>
<% endfor %>
<% endif %>
            from {{ this }} as earlier
            where {{ in_open_batch('<< table >>') }}
        )
        and not {{ in_open_batch('<< table >>') }}
        and not exists (
            select from accepted as again
            where again._raw_seq = standing._raw_seq
        )
),

<% if change %>
everything as (
    select
        accepted.*,
        true as _is_new
    from accepted
    union all
    select
        known.*,
        false as _has_no_order,
        false as _is_new
    from known
),

<% with carried = ["_batch_id", "_loaded_at", "_definition_version", "_quality_issues", "_quality_score", "valid_from", "_correlation_id"] %>
<% include "changes.sql" %>
<% endwith %>
)
<% else %>
everything as (
    select * from accepted
    union all
    select * from known
)
<% endif %>

select
<% for name in names %>
    << name | q >>,
<% endfor %>
    _raw_seq,
    _source_order,
    _deleted,
    _batch_id,
    _loaded_at,
    _definition_version,
    _quality_issues,
    _quality_score,
    valid_from,
    -- Where the order is not one of time, a newer version may hold from earlier on: no two may hold at once.
    case when count(*) over later > 0 then greatest(valid_from, min(valid_from) over later) end as valid_to,
    count(*) over later = 0 as is_current,
    _correlation_id
from << "filled" if change else "everything" >>
window
    later as (
        partition by << key >>
        order by _source_order, _raw_seq
        rows between 1 following and unbounded following
    )

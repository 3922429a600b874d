-- A change that names no order, as a tombstone, comes after all of its object that arrived before it.
placed as (
    select
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        case
<% if ages %>
            when _has_no_order
                then greatest(
                    max(_source_order) over (partition by << key >> order by _raw_seq),
                    {{ highest_order_before('<< table >>') }}
                )
<% else %>
            when _has_no_order then max(_source_order) over (partition by << key >> order by _raw_seq)
<% endif %>
            else _source_order
        end as _source_order,
        _deleted,
<% for name in carried %>
        << name >>,
<% endfor %>
        _has_no_order,
        _is_new
    from everything
),

-- Each row that was sent, counted with the deletes that follow it.
imaged as (
    select
<% for name in names %>
        << name | q >>,
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted,
<% for name in carried %>
        << name >>,
<% endfor %>
        _has_no_order,
        _is_new,
        count(*) filter (where not _deleted) over in_order as _image,
        lag(_deleted, 1, false) over in_order as _follows_delete
    from placed
    window in_order as (partition by << key >> order by _source_order, _raw_seq, _is_new)
),

-- A delete keeps what was last known of the object; a tombstone behind one says nothing new.
filled as (
    select
<% for name in names %>
<% if name in key_names %>
        << name | q >>,
<% elif name in given_by_delete and not (moves and name == time_column) %>
        case
            -- A later delete is one of its own.
            when _follows_delete then << name | q >>
            else coalesce(first_value(<< name | q >>) over same_image, << name | q >>)
        end as << name | q >>,
<% elif name in given_by_delete %>
        coalesce(first_value(<< name | q >>) over same_image, << name | q >>) as << name | q >>,
<% else %>
        first_value(<< name | q >>) over same_image as << name | q >>,
<% endif %>
<% endfor %>
        _raw_seq,
        _source_order,
        _deleted,
<% for name in carried %>
        << name >>,
<% endfor %>
        _has_no_order,
        _is_new
    from imaged
    where not (_is_new and _has_no_order and _deleted and _follows_delete)
    window same_image as (partition by << key >>, _image order by _source_order, _raw_seq, _is_new)

{#
    How many hours old the newest value of a column is. Limits are warn_if and error_if over it; an empty table is fresh.
        newest_is_fresh: {arguments: {column: seen_at}, config: {fail_calc: coalesce(max(hours_old), 0), warn_if: '> 48'}}
#}
{% test newest_is_fresh(model, column) %}
    select greatest(0, floor(extract(epoch from now() - max({{ adapter.quote(column) }})::timestamptz) / 3600))::integer as hours_old
    from {{ model }}
    having max({{ adapter.quote(column) }}) is not null
{% endtest %}

{#
    How long ago the last batch closed. Limits are warn_if and error_if over it:
        hours_since_last_batch: {arguments: {table: orders}, config: {fail_calc: coalesce(max(hours_since_last_batch), 0)}}
#}
{% test hours_since_last_batch(model, table) %}
    {#- model is {{ model }}: the test waits for it. -#}
    select (extract(epoch from now() - max(closed_at)) / 3600)::integer as hours_since_last_batch
    from {{ target.schema }}.transform_batches
    where table_name = '{{ table }}' and state = 'closed'
{% endtest %}

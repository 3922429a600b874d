{#
    How many of a thousand records the last batch rejected. Limits are warn_if and error_if over it:
        reject_rate: {arguments: {table: orders}, config: {fail_calc: coalesce(max(rejected_per_mille), 0), error_if: '> 500'}}
#}
{% test reject_rate(model, table) %}
    {#- model is {{ model }}: the test waits for it. -#}
    select
        batch_id,
        claimed,
        rejected,
        (1000 * rejected / claimed)::integer as rejected_per_mille
    from {{ target.schema }}.transform_batches
    where table_name = '{{ table }}' and state = 'closed' and replay_id is null and claimed > 0
    order by batch_id desc
    limit 1
{% endtest %}

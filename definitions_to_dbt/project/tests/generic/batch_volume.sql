{# The last batch, where it held fewer or more records than expected:  batch_volume: {arguments: {table: orders, below: 10}} #}
{% test batch_volume(model, table, below=none, above=none) %}
    {#- model is {{ model }}: the test waits for it. -#}
    with last_batch as (
        select batch_id, claimed
        from {{ target.schema }}.transform_batches
        where table_name = '{{ table }}' and state = 'closed' and replay_id is null
        order by batch_id desc
        limit 1
    )

    select batch_id, claimed
    from last_batch
    where false
        {%- if below is not none %} or claimed < {{ below }}{% endif %}
        {%- if above is not none %} or claimed > {{ above }}{% endif %}
{% endtest %}

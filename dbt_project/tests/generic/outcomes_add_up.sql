{#
    Landed = outcomes: closed batches whose outcomes are not what they claimed, and processed records without one
    or outside a closed batch.     outcomes_add_up: {arguments: {table: orders}}
    Records that came back from the archive stand under batch 0: what became of them is in the ledger of their batch.
#}
{% test outcomes_add_up(model, table) %}
    {#- model is {{ model }}: the test waits for it, the evidence is in the ledger of batches. -#}
    select
        'batch ' || batch_id as place,
        claimed as expected,
        loaded + rejected + superseded + duplicate as found
    from {{ target.schema }}.transform_batches
    where table_name = '{{ table }}' and state = 'closed'
        and claimed is distinct from loaded + rejected + superseded + duplicate
    union all
    select
        'raw_seq ' || raw.raw_seq as place,
        1 as expected,
        count(raw.outcome) over (partition by raw.raw_seq) as found
    from {{ target.schema }}.source_{{ table }} as raw
    left join {{ target.schema }}.transform_batches as batch
        on raw.batch_id = batch.batch_id and batch.table_name = '{{ table }}' and batch.state = 'closed'
    where (raw.processed and raw.batch_id <> 0 and (raw.outcome is null or batch.batch_id is null))
        or (raw.processed and raw.batch_id is null)
        or (not raw.processed and (raw.outcome is not null or batch.batch_id is not null))
{% endtest %}

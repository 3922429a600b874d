{# Rows whose `column` is in no row of `to`:  refers_to: {arguments: {column: store_id, to: ref('stores'), field: store_id}} #}
{% test refers_to(model, column, to, field) %}
    with child as (
        select * from {{ model }}
    ),

    parent as (
        select * from {{ to }}
    )

    select child.*
    from child
    left join parent on child.{{ adapter.quote(column) }} = parent.{{ adapter.quote(field) }}
    where child.{{ adapter.quote(column) }} is not null and parent.{{ adapter.quote(field) }} is null
{% endtest %}

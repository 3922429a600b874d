{# Rejected records without a reason, or without a raw record's number:  has_a_reason: {} #}
{% test has_a_reason(model) %}
    select * from {{ model }} where _raw_seq is null or coalesce(cardinality(reasons), 0) = 0
{% endtest %}

{#
    What senders write around a row when they tell of changes. Staging views call these; none of them can raise.
    An order by lsn stands above any order by time: who changes from one to the other never loses to old rows.
#}

{# The change inside a Kafka message as tools write it out, {"key": …, "value": …}, and inside {"schema": …, "payload": …}. #}
{% macro kafka_value(message, any_key=false) -%}
    {{ inside_schema(
        'case when ' ~ is_keyed(message, any_key) ~ ' then ' ~ message ~ " -> 'value' else " ~ message ~ ' end'
    ) }}
{%- endmacro %}

{# The key of such a message: an object, or a single value. Null for a message that brings none. #}
{% macro kafka_key(message, any_key=false) -%}
    case when {{ is_keyed(message, any_key) }} then {{ inside_schema(message ~ " -> 'key'") }} end
{%- endmacro %}

{# A row may have columns that are called key and value: only an object is taken for the key then. #}
{% macro is_keyed(message, any_key) -%}
    jsonb_typeof({{ message }} -> 'value') in ('object', 'null')
    {%- if any_key %} and {{ message }} -> 'key' is not null and {{ message }} -> 'op' is null
    {%- else %} and jsonb_typeof({{ message }} -> 'key') = 'object'
    {%- endif %}
{%- endmacro %}

{# The payload of a value that is nothing but {"schema": …, "payload": …}; else the value. #}
{% macro inside_schema(value) -%}
    case
        when jsonb_typeof({{ value }}) <> 'object' then {{ value }}
        when ({{ value }}) - 'schema' - 'payload' = '{}' and ({{ value }}) -> 'payload' is not null
            then ({{ value }}) -> 'payload'
        else {{ value }}
    end
{%- endmacro %}

{#
    The key of a row as jsonb, from a text that names it: JSON, the one value, or the values joined by ':'.
        {{ key_from_text('_raw_id', ['order_id', 'line']) }}
#}
{% macro key_from_text(text, fields) -%}
    case
        when left({{ text }}, 1) = '{' and {{ is_readable(text) }} then {{ inside_schema(text ~ '::jsonb') }}
        {%- if fields | length == 1 %}
        when {{ text }} is not null then jsonb_build_object('{{ fields[0] }}', {{ text }})
        {%- else %}
        when cardinality(string_to_array({{ text }}, ':')) = {{ fields | length }} then jsonb_build_object(
            {%- for field in fields %}'{{ field }}', split_part({{ text }}, ':', {{ loop.index }}){{ ', ' if not loop.last }}{% endfor -%}
        )
        {%- endif %}
    end
{%- endmacro %}

{# The same from a message: its own key, an object or one value, else what the record's id says. #}
{% macro key_of_message(sent, text, fields) -%}
    case
        when jsonb_typeof({{ sent }}) = 'object' then {{ sent }}
        when {{ sent }} is not null then {{ key_from_text('(' ~ sent ~ " #>> '{}')", fields) }}
        else {{ key_from_text(text, fields) }}
    end
{%- endmacro %}

{# Where a change stands in the log: '24/3F000140' or its number, as a bigint above that of any time. Null if neither. #}
{% macro lsn_order(text) -%}
    case
        when {{ text }} ~ '^\d{1,19}$'
            then case when {{ text }}::numeric < 4611686018427387904 then 4611686018427387904 + {{ text }}::bigint end
        when {{ text }} ~ '^[0-3]?[0-9A-Fa-f]{1,7}/[0-9A-Fa-f]{1,8}$'
            then 4611686018427387904 + ({{ text }}::pg_lsn - '0/0')::bigint
    end
{%- endmacro %}

{# The time of a change. It only says what is newer: digits beyond the microsecond are cut off, not refused. #}
{% macro change_time(text, time_format) -%}
    {%- if time_format == 'iso' -%}
        {{ cast_or_null("regexp_replace(" ~ text ~ ", '(\\.\\d{6})\\d+', '\\1')", 'timestamptz') }}
    {%- else -%}
        {{ cast_or_null(text, 'timestamptz', time_format=time_format) }}
    {%- endif -%}
{%- endmacro %}

{#
    What else came with a change: the transaction of a database, the id a caller gave, the trace of a request. Where the
    sender names none it is the load that brought the record.     {{ correlation_id('_payload', '_run_id') }}
#}
{% macro correlation_id(message, run_id) -%}
    coalesce(
        {%- for place in [
            'metadata,transaction_id', 'payload,transaction,id', 'transaction,id', 'payload,source,txId', 'source,txId',
            'value,payload,source,txId', 'value,source,txId', '__source_txId', 'correlationid', 'correlation_id', 'traceparent',
        ] %}
        {{ message }} #>> '{ {{- place -}} }',
        {%- endfor %}
        {{ run_id }}::text
    )
{%- endmacro %}

{#
    Casts that answer instead of raising. A payload's text becomes a value or null, never a failed batch.
        {{ cast_or_null('sent.ordered_at', 'timestamptz') }}     the value, or null
        {{ cast_fault('ordered_at', 'timestamptz') }}         null, or what is wrong
    CASE is nested where one test must have passed before the next may run: AND promises no order.
#}

{% macro iso_date() %}{{ return('^\\d{4}-\\d{2}-\\d{2}$') }}{% endmacro %}

{# At most microseconds, since more would be rounded; and no words: now and today are not what was sent. #}
{% macro iso_time() %}
    {{- return('^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,6}0*)?)? ?(Z|[+-]\\d{2}(:?\\d{2})?)?)?$') -}}
{% endmacro %}

{% macro iso_offset() %}{{ return(':\\d{2}[0-9.]* ?(Z|[+-]\\d{2}(:?\\d{2})?)$') }}{% endmacro %}

{% macro plain_number() %}{{ return('^[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?$') }}{% endmacro %}

{% macro base_type(type) %}{{ return(type.split('(')[0]) }}{% endmacro %}

{# The size in brackets: numeric(18,6) has [18, 6], text has []. #}
{% macro type_sizes(type) %}
    {%- set sizes = [] -%}
    {%- if '(' in type -%}
        {%- for part in type.split('(')[1].split(')')[0].split(',') -%}
            {%- do sizes.append(part | int) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(sizes) }}
{% endmacro %}

{# A condition on text: true where the cast will hold. The text itself is not null. #}
{% macro is_castable(text, type) %}
    {%- set base = base_type(type) -%}
    {%- set sizes = type_sizes(type) -%}
    {%- if type.endswith('[]') -%}
        case
            when jsonb_typeof({{ text }}) = 'array'
                then pg_input_is_valid(array(select jsonb_array_elements_text({{ text }}))::text, '{{ type }}')
            else false
        end
    {%- elif base in ('json', 'jsonb', 'text') or (base == 'varchar' and not sizes) -%}
        true
    {%- elif base in ('varchar', 'char') -%}
        char_length({{ text }}) <= {{ sizes[0] if sizes else 1 }}
    {%- elif base in ('smallint', 'integer', 'bigint') -%}
        case
            when {{ text }} ~ '^[-+]?\d+(\.0+)?$' then pg_input_is_valid(split_part({{ text }}, '.', 1), '{{ base }}')
            else false
        end
    {%- elif base == 'numeric' -%}
        case
            when {{ text }} !~ '{{ plain_number() }}' then false
            when not pg_input_is_valid({{ text }}, '{{ type }}') then false
            else {{ 'scale(trim_scale(' ~ text ~ '::numeric)) <= ' ~ (sizes[1] if sizes | length > 1 else 0) if sizes else 'true' }}
        end
    {%- elif base in ('timestamptz', 'timestamp') -%}
        case when {{ text }} ~ '{{ iso_time() }}' then pg_input_is_valid({{ text }}, '{{ base }}') else false end
    {%- elif base == 'date' -%}
        case when {{ text }} ~ '{{ iso_date() }}' then pg_input_is_valid({{ text }}, 'date') else false end
    {%- elif base == 'bytea' -%}
        {{ text }} ~ '^\\x([0-9a-fA-F]{2})*$'
    {%- elif base in ('time', 'timetz', 'tsrange', 'tstzrange', 'daterange', 'tsmultirange', 'tstzmultirange', 'datemultirange') -%}
        case
            when {{ text }} ~* '(now|today|tomorrow|yesterday|epoch|allballs)' then false
            else pg_input_is_valid({{ text }}, '{{ type }}')
        end
    {%- elif base in ('xml', 'vector', 'jsonpath', 'pg_snapshot') -%}
        {{ target.schema }}.input_is_valid({{ text }}, '{{ type }}')
    {%- else -%}
        pg_input_is_valid({{ text }}, '{{ type }}')
    {%- endif -%}
{% endmacro %}

{# The value, or null where there is none or it does not fit. `time_zone` is that of times that name none. #}
{% macro cast_or_null(text, type, time_zone='UTC') %}
    {%- set base = base_type(type) -%}
    {%- if type.endswith('[]') -%}
        {%- set value = 'array(select jsonb_array_elements_text(' ~ text ~ '))::text::' ~ type -%}
    {%- elif base in ('smallint', 'integer', 'bigint') -%}
        {%- set value = "split_part(" ~ text ~ ", '.', 1)::" ~ type -%}
    {%- elif base == 'timestamptz' -%}
        {%- set value = "case when " ~ text ~ " ~ '" ~ iso_offset() ~ "' then " ~ text ~ "::timestamptz else "
            ~ text ~ "::timestamp at time zone '" ~ time_zone ~ "' end" -%}
    {%- elif base == 'timestamp' -%}
        {%- set value = "case when " ~ text ~ " ~ '" ~ iso_offset() ~ "' then " ~ text ~ "::timestamptz at time zone '"
            ~ time_zone ~ "' else " ~ text ~ "::timestamp end" -%}
    {%- else -%}
        {%- set value = text ~ '::' ~ type -%}
    {%- endif -%}
    {%- if base == 'text' and not type.endswith('[]') -%}
        {{ text }}
    {%- else -%}
        case when {{ is_castable(text, type) }} then {{ value }} end
    {%- endif -%}
{% endmacro %}

{# Null, or what is wrong with a field:  'ordered_at: not a timestamptz'. A cast that did not hold left a null. #}
{% macro cast_fault(column, type, required=false, sent='sent', typed='typed') %}
    {%- set name = column | replace('"', '') -%}
    case
        {%- if required %}
        when {{ sent }}.{{ column }} is null then '{{ name }}: missing'
        {%- endif %}
        when {{ sent }}.{{ column }} is not null and {{ typed }}.{{ column }} is null then '{{ name }}: not {{ type }}'
    end
{%- endmacro %}

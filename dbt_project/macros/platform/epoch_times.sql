{#
    Times as numbers since 1970-01-01 00:00 UTC, as Debezium and many others send them. Called by cast_or_null:
        {{ cast_or_null('sent.at_ms', 'timestamptz', time_format='epoch_milliseconds') }}
    All is reckoned in numeric, where nothing is rounded. What is no whole microsecond does not fit, nor does what lies
    outside the years 1 to 9999. For a column of type time the number counts from midnight.
#}

{# Microseconds in one unit of the format. #}
{% macro epoch_unit(time_format) %}
    {{- return({
        'epoch_seconds': 1000000, 'epoch_milliseconds': 1000, 'epoch_microseconds': 1, 'epoch_days': 86400000000,
    }[time_format]) -}}
{% endmacro %}

{# At most so many digits as cannot make PostgreSQL reckon for ever: 1e131071 is a valid numeric. #}
{% macro epoch_number() %}{{ return('^[-+]?\\d{1,20}(\\.\\d{1,20})?([eE][-+]?\\d{1,2})?$') }}{% endmacro %}

{% macro epoch_micros(text, time_format) %}
    {{- return('(' ~ text ~ '::numeric * ' ~ epoch_unit(time_format) ~ ')') -}}
{% endmacro %}

{# The microseconds that one step of the type holds: 1, or 1000 for timestamptz(3), or those of a day. #}
{% macro epoch_step(type) %}
    {%- if base_type(type) == 'date' -%}
        {{ return(86400000000) }}
    {%- endif -%}
    {{ return(10 ** (6 - (type_sizes(type) + [6])[0])) }}
{% endmacro %}

{# A condition on text: true where it is a number of this format that the type can hold as it is. #}
{% macro is_epoch(text, type, time_format) -%}
    {%- set first, last = (0, 86399999999) if base_type(type) == 'time' else (-62135596800000000, 253402300799999999) -%}
    case
        when {{ text }} !~ '{{ epoch_number() }}' then false
        when {{ epoch_micros(text, time_format) }} not between {{ first }} and {{ last }} then false
        else mod({{ epoch_micros(text, time_format) }}, {{ epoch_step(type) }}) = 0
    end
{%- endmacro %}

{# The value of a text that is such a number: whole days and the rest, for an interval of years in microseconds rounds. #}
{% macro time_of_epoch(text, type, time_zone, time_format) -%}
    {%- set micros = epoch_micros(text, time_format) -%}
    {%- set base = base_type(type) -%}
    {%- if base == 'time' -%}
        ('00:00'::time + ({{ micros }})::double precision * interval '1 microsecond')::{{ type }}
    {%- elif base == 'date' -%}
        date '1970-01-01' + ({{ micros }} / 86400000000)::integer
    {%- else -%}
        (
            (date '1970-01-01' + floor({{ micros }} / 86400000000)::integer)::timestamp
            + mod(mod({{ micros }}, 86400000000) + 86400000000, 86400000000)::double precision * interval '1 microsecond'
        ) at time zone 'UTC' {{- " at time zone '" ~ time_zone ~ "'" if base == 'timestamp' }}
    {%- endif -%}
{%- endmacro %}

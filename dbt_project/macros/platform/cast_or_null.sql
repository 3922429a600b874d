{#
    Casts that answer instead of raising. A payload's text becomes a value or null, never a failed batch.
        {{ cast_or_null('sent.ordered_at', 'timestamptz') }}     the value, or null
        {{ cast_fault('ordered_at', 'timestamptz') }}         null, or what is wrong
    CASE is nested where one test must have passed before the next may run: AND promises no order.
    What a cast would change on its way (rounded, cut off, read by today's date) does not fit either.
#}

{% macro iso_date() %}{{ return('^\\d{4}-\\d{2}-\\d{2}$') }}{% endmacro %}

{# At most as many digits as are kept, since more would be rounded; no words: now and today are not what was sent. #}
{% macro clock(digits) %}
    {{- return('\\d{2}:\\d{2}(:\\d{2}(\\.' ~ ('\\d{1,' ~ digits ~ '}' if digits else '') ~ '0*)?)?') -}}
{% endmacro %}

{% macro offset_from_utc() %}{{ return('(Z|[+-]\\d{2}(:?\\d{2})?)') }}{% endmacro %}

{% macro iso_time(digits=6) %}
    {{- return('^\\d{4}-\\d{2}-\\d{2}([T ]' ~ clock(digits) ~ ' ?' ~ offset_from_utc() ~ '?)?$') -}}
{% endmacro %}

{% macro iso_offset() %}{{ return(':\\d{2}[0-9.]* ?' ~ offset_from_utc() ~ '$') }}{% endmacro %}

{# Digits behind the point that a type of this precision would round away. #}
{% macro too_fine(digits=6) %}{{ return('\\.\\d{' ~ digits ~ '}\\d*[1-9]') }}{% endmacro %}

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

{#
    A condition on a raw record: true where jsonb can hold it. One that is very deep can be json and too deep for jsonb,
    which PostgreSQL says by raising; only what is long enough to be deep goes through the function that catches it.
#}
{% macro is_readable(raw_data) -%}
    case
        when octet_length({{ raw_data }}::text) < 4000 then pg_input_is_valid({{ raw_data }}::text, 'jsonb')
        when length({{ raw_data }}::text) - length(translate({{ raw_data }}::text, '[{', '')) < 2000
            then pg_input_is_valid({{ raw_data }}::text, 'jsonb')
        else {{ target.schema }}.input_is_valid({{ raw_data }}::text, 'jsonb')
    end
{%- endmacro %}

{# The elements of a jsonb array as rows of one column, element.value. #}
{% macro elements_of(array, type) %}
    {%- set keeps_json = base_type(type) in ('json', 'jsonb') -%}
    {{- 'jsonb_array_elements' if keeps_json else 'jsonb_array_elements_text' }}({{ array }}) as element (value)
{%- endmacro %}

{# An element as the text to cast: an empty one is nothing, as it is in a column that holds no text. #}
{% macro element_of(type) %}
    {%- set holds_text = base_type(type) in ('text', 'varchar', 'char', 'json', 'jsonb') -%}
    {{- return('element.value' if holds_text else "nullif(element.value, '')") -}}
{% endmacro %}

{# The types whose input functions answer pg_input_is_valid; those of all others can raise. #}
{% macro answers_softly(base) %}
    {{- return(base in [
        'boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'date', 'timestamptz',
        'timestamp', 'time', 'timetz', 'interval', 'uuid', 'inet', 'cidr', 'macaddr', 'macaddr8', 'bit', 'varbit',
        'money', 'oid', 'xid', 'cid', 'xid8', 'pg_lsn', 'tsvector', 'point', 'line', 'lseg', 'box', 'path', 'polygon',
        'circle', 'int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange', 'int4multirange',
        'int8multirange', 'nummultirange', 'tsmultirange', 'tstzmultirange', 'datemultirange',
    ]) -}}
{% endmacro %}

{# What a text must look like before PostgreSQL is asked; none where any text may try. #}
{% macro shape_of(text, type) %}
    {%- set base = base_type(type) -%}
    {%- set digits = (type_sizes(type) + [6])[0] -%}
    {%- set whole = ['oid', 'xid', 'cid', 'xid8'] -%}
    {%- set of_times = ['tsrange', 'tstzrange', 'daterange', 'tsmultirange', 'tstzmultirange', 'datemultirange'] -%}
    {%- if base in ('timestamptz', 'timestamp') -%}
        {{ return(text ~ " ~ '" ~ iso_time(digits) ~ "'") }}
    {%- elif base == 'date' -%}
        {{ return(text ~ " ~ '" ~ iso_date() ~ "'") }}
    {%- elif base == 'time' -%}
        {{ return(text ~ " ~ '^" ~ clock(digits) ~ "$'") }}
    {%- elif base == 'timetz' -%}
        {{ return(text ~ " ~ '^" ~ clock(digits) ~ offset_from_utc() ~ "$'") }}
    {%- elif base == 'interval' -%}
        {{ return(text ~ " !~ '" ~ too_fine(digits) ~ "'") }}
    {%- elif base in of_times -%}
        {{ return(text ~ " !~* '(now|today|tomorrow|yesterday|epoch|allballs|" ~ too_fine() ~ ")'") }}
    {%- elif base in ('real', 'double precision') -%}
        {{ return(text ~ " ~ '" ~ plain_number() ~ "|^(NaN|-?Infinity)$'") }}
    {%- elif base == 'money' -%}
        {{ return(text ~ " ~ '^-?[$]?\\d[\\d,]*(\\.\\d{1,2}0*)?$'") }}
    {%- elif base in whole -%}
        {{ return(text ~ " ~ '^\\d+$'") }}
    {%- elif base == 'pg_lsn' -%}
        {#- Half of all there could be: the other half does not fit the bigint it is ordered by. -#}
        {{ return(text ~ " ~ '^([0-7]?[0-9A-Fa-f]{1,7})/[0-9A-Fa-f]{1,8}$'") }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{# A condition on text: true where the cast will hold. The text itself is not null. #}
{% macro is_castable(text, type, time_format='iso') %}
    {%- set base = base_type(type) -%}
    {%- set sizes = type_sizes(type) -%}
    {%- if type.endswith('[]') -%}
        case
            when jsonb_typeof({{ text }}) = 'array'
                then not exists (
                    select from {{ elements_of(text, type[:-2]) }}
                    where
                        {{ element_of(type[:-2]) }} is not null
                        and ({{ is_castable(element_of(type[:-2]), type[:-2], time_format) }}) is not true
                )
            else false
        end
    {%- elif time_format != 'iso' -%}
        {{ is_epoch(text, type, time_format) }}
    {%- elif base in ('json', 'jsonb', 'text', 'refcursor') or (base == 'varchar' and not sizes) -%}
        true
    {%- elif base in ('varchar', 'char') -%}
        char_length({{ text }}) <= {{ sizes[0] if sizes else 1 }}
    {%- elif base == 'name' -%}
        octet_length({{ text }}) < 64
    {%- elif base == 'bytea' -%}
        {{ text }} ~ '^\\x([0-9a-fA-F]{2})*$'
    {%- elif base in ('smallint', 'integer', 'bigint') -%}
        case
            when {{ text }} ~ '^[-+]?\d+(\.0+)?$' then pg_input_is_valid(split_part({{ text }}, '.', 1), '{{ base }}')
            else false
        end
    {%- elif base == 'numeric' -%}
        case
            when {{ text }} !~ '{{ plain_number() }}' then false
            when not pg_input_is_valid({{ text }}, 'numeric') then false
            when not pg_input_is_valid({{ text }}, '{{ type }}') then false
            else {{ text ~ '::numeric = ' ~ text ~ '::' ~ type if sizes else 'true' }}
        end
    {%- elif not answers_softly(base) -%}
        {{ target.schema }}.input_is_valid({{ text }}, '{{ type }}')
    {%- elif shape_of(text, type) -%}
        case when {{ shape_of(text, type) }} then pg_input_is_valid({{ text }}, '{{ type }}') else false end
    {%- else -%}
        pg_input_is_valid({{ text }}, '{{ type }}')
    {%- endif -%}
{% endmacro %}

{# The value of a text that is castable. `time_zone` is that of times that name none. #}
{% macro value_of(text, type, time_zone, time_format='iso') %}
    {%- set base = base_type(type) -%}
    {%- if type.endswith('[]') -%}
        array(
            select {{ value_of(element_of(type[:-2]), type[:-2], time_zone, time_format) }}
            from {{ elements_of(text, type[:-2]) }}
        )::{{ type }}
    {%- elif time_format != 'iso' -%}
        {{ time_of_epoch(text, type, time_zone, time_format) }}
    {%- elif base in ('json', 'jsonb') and text == 'element.value' -%}
        nullif({{ text }}, 'null')::{{ type }}
    {%- elif base in ('smallint', 'integer', 'bigint') -%}
        split_part({{ text }}, '.', 1)::{{ type }}
    {%- elif base == 'timestamptz' -%}
        case
            when {{ text }} ~ '{{ iso_offset() }}' then {{ text }}::timestamptz
            else {{ text }}::timestamp at time zone '{{ time_zone }}'
        end
    {%- elif base == 'timestamp' -%}
        case
            when {{ text }} ~ '{{ iso_offset() }}' then {{ text }}::timestamptz at time zone '{{ time_zone }}'
            else {{ text }}::timestamp
        end
    {%- else -%}
        {{ text }}::{{ type }}
    {%- endif -%}
{% endmacro %}

{# The value, or null where there is none or it does not fit. #}
{% macro cast_or_null(text, type, time_zone='UTC', time_format='iso') %}
    {%- if type == 'text' -%}
        {{ text }}
    {%- else -%}
        case when {{ is_castable(text, type, time_format) }} then {{ value_of(text, type, time_zone, time_format) }} end
    {%- endif -%}
{% endmacro %}

{# Null, or what is wrong with a field:  'ordered_at: not a timestamptz'. A cast that did not hold left a null. #}
{% macro cast_fault(column, type, required=false, sent='sent', typed='typed', time_format='iso', unless=none) %}
    {%- set name = column | replace('"', '') -%}
    case
        {%- if unless %}
        when {{ unless }} then null
        {%- endif %}
        {%- if required %}
        when {{ sent }}.{{ column }} is null then '{{ name }}: missing'
        {%- endif %}
        when {{ sent }}.{{ column }} is not null and {{ typed }}.{{ column }} is null
            then '{{ name }}: not {{ type }}{{ '' if time_format == 'iso' else ' as ' ~ time_format }}'
    end
{%- endmacro %}

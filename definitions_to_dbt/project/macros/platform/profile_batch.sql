{#
    post_hook of the write model, before the batch closes: what its records and rows were like, for the ledger of batches.
        {{ profile_batch('orders', ref('rejected_orders')) }}
    Of a large batch about 20,000 rows are looked at, drawn by a hash of their number. Nothing here may raise, whatever the
    values are: means are reckoned as numeric, which has no overflow.
#}
{% macro profile_batch(table, rejected) %}
    with drawn as materialized (
        select *
        from {{ this }}
        where {{ in_open_batch(table) }} and not _deleted
            and hashint8(_raw_seq) % (
                select greatest(1, claimed / 20000)::integer
                from {{ target.schema }}.transform_batches
                where batch_id = {{ pinned_batch() }}
            ) = 0
    )

    update {{ target.schema }}.transform_batches
    set profile = (
        select
            jsonb_build_object('rows', count(*), 'columns', '{}'::jsonb
            {%- for column in model.columns.values() if not column.name.startswith('_') %}
            || jsonb_build_object('{{ column.name }}', {{ column_profile(column) }})
            {%- endfor %})
        from drawn
    ) || jsonb_build_object(
        'reasons', (
            select coalesce(jsonb_object_agg(said.reason, said.what), '{}')
            from (
                select
                    _reason as reason,
                    {{ counted_with_samples() }} as what
                from {{ rejected }}
                cross join unnest(reasons) as told (_reason)
                where {{ in_open_batch(table) }}
                group by _reason
            ) as said
        ),
        'issues', (
            select coalesce(jsonb_object_agg(said.reason, said.what), '{}')
            from (
                select
                    _reason as reason,
                    {{ counted_with_samples() }} as what
                from {{ this }}
                cross join unnest(_quality_issues) as told (_reason)
                where {{ in_open_batch(table) }}
                group by _reason
                {%- for rule in model.config.meta.get('only_counted', []) %}
                union all
                select
                    {{ dbt.string_literal(rule.name | replace("'", "''")) }},
                    {{ counted_with_samples() }}
                from {{ this }}
                where {{ in_open_batch(table) }} and not _deleted and not ({{ rule.holds }})
                having count(*) > 0
                {%- endfor %}
            ) as said
        )
    )
    where batch_id = {{ pinned_batch() }}
{%- endmacro %}

{# How many records, and the numbers of a few: whoever may read the raw records finds them by it, and nobody else. #}
{% macro counted_with_samples() -%}
    jsonb_build_object(
        'records', count(*),
        'samples', jsonb_path_query_array(jsonb_agg(jsonb_build_object('_raw_seq', _raw_seq) order by _raw_seq), '$[0 to 4]')
    )
{%- endmacro %}

{# The figures of one column as jsonb. Of personal data only how often it is missing. #}
{% macro column_profile(column) -%}
    {%- set name = adapter.quote(column.name) -%}
    {%- set type = column.data_type or 'text' -%}
    {%- set base = '' if type.endswith('[]') else base_type(type) -%}
    {%- set numbers = ('smallint', 'integer', 'bigint', 'numeric', 'decimal', 'real', 'double precision') -%}
    {%- set texts = ('text', 'varchar', 'character varying', 'char', 'character', 'bpchar', 'citext') -%}
    {%- set figures = ["'nulls', " ~ share_of(name ~ ' is null')] -%}
    {%- if column.name not in model.config.meta.get('never_shown', []) -%}
        {%- if base in numbers -%}
            {%- do figures.append("'mean', round(avg(" ~ name ~ "::numeric), 9)") -%}
            {%- do figures.append("'deviation', round(stddev_pop(" ~ name ~ "::numeric), 9)") -%}
            {%- do figures.append("'empty', " ~ share_of(name ~ ' = 0')) -%}
        {%- elif base in texts -%}
            {%- do figures.append("'mean', round(avg(char_length(" ~ name ~ ")), 9)") -%}
            {%- do figures.append("'deviation', round(stddev_pop(char_length(" ~ name ~ ")), 9)") -%}
            {%- do figures.append("'empty', " ~ share_of("upper(btrim(" ~ name ~ ")) in ('', '-', '?', 'N/A', 'NA', 'NULL', 'NONE', 'UNKNOWN', 'TBD')")) -%}
        {%- elif base in ('timestamptz', 'timestamp') -%}
            {%- do figures.append("'hour', round(avg(extract(hour from " ~ name ~ ")), 9)") -%}
            {%- do figures.append("'midnight', " ~ share_of(name ~ "::time = '00:00'")) -%}
            {%- do figures.append("'future', " ~ share_of(name ~ ' > now()')) -%}
        {%- elif base == 'date' -%}
            {%- do figures.append("'future', " ~ share_of(name ~ ' > current_date')) -%}
        {%- endif -%}
        {%- if base in numbers + texts + ('timestamptz', 'timestamp', 'date') -%}
            {%- do figures.append("'distinct', count(distinct " ~ name ~ ")") -%}
        {%- endif -%}
        {%- set values = ['true', 'false'] if base == 'boolean' else model.config.meta.get('listed_values', {}).get(column.name, []) -%}
        {%- if values -%}
            {%- set shares = [] -%}
            {%- for value in values -%}
                {%- set literal = dbt.string_literal(value | string | replace("'", "''")) -%}
                {%- do shares.append(literal ~ ', ' ~ share_of(name ~ '::text = ' ~ literal)) -%}
            {%- endfor -%}
            {%- do figures.append("'shares', jsonb_build_object(" ~ shares | join(', ') ~ ')') -%}
        {%- elif base in ('smallint', 'integer') + texts -%}
            {%- do figures.append("'shares', " ~ common_values(name)) -%}
        {%- endif -%}
    {%- endif -%}
    jsonb_build_object({{ figures | join(', ') }})
{%- endmacro %}

{% macro share_of(condition) -%}
    round(count(*) filter (where {{ condition }})::numeric / nullif(count(*), 0), 9)
{%- endmacro %}

{% macro as_float(number) -%}
    least(greatest({{ number }}, -1e300), 1e300)::double precision
{%- endmacro %}

{# The values that at least 10 rows and one in 50 have, with their shares: never what a single row says. #}
{% macro common_values(name) -%}
    (
        select coalesce(jsonb_object_agg(said, round(records::numeric / every_one, 9)), '{}')
        from (
            select
                {{ name }}::text as said,
                count(*) as records,
                sum(count(*)) over () as every_one
            from drawn
            group by {{ name }}
        ) as counted
        where said is not null and records >= 10 and records * 50 >= every_one
    )
{%- endmacro %}

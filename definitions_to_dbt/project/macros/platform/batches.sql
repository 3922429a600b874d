{# How a raw record becomes a row exactly once: claim, transform, close. #}

{# The models that share the batches of a table. #}
{% macro batch_models(table) %}
    {%- set names = ['rejected_' ~ table, table ~ '_versions', table] -%}
    {%- set found = [] -%}
    {%- for name in names if ('model.' ~ model.package_name ~ '.' ~ prefixed(name)) in graph.nodes -%}
        {%- do found.append('model.' ~ model.package_name ~ '.' ~ prefixed(name)) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#
    True only where this run will take a batch from claim to close: `dbt run` or `dbt build`, not `--empty`,
    with every model of the table selected. Anything less must change no state.
#}
{% macro runs_whole_batch(table) %}
    {%- set is_writing = execute and flags.WHICH in ('run', 'build', 'retry') and not flags.EMPTY -%}
    {%- set missing = batch_models(table) | reject('in', selected_resources) | list if is_writing else [] -%}
    {{ return(is_writing and missing | length == 0) }}
{% endmacro %}

{#
    pre_hook outside the transaction, so that the claim is committed before anything is read:  {{ claim_batch('orders') }}
    dbt ends its transaction for such a hook and does not know that it did: without a new one the model's statements
    would each commit by themselves, and hold no lock.
#}
{% macro claim_batch(table) %}
    {%- if runs_whole_batch(table) -%}
        {%- set definition_hash = graph.nodes['model.' ~ model.package_name ~ '.' ~ prefixed(table)].config.meta.definition_hash -%}
        select pg_advisory_xact_lock(hashtextextended('raw:{{ target.schema }}.{{ table }}', 0));
        insert into {{ target.schema }}.transform_batches (table_name, definition_hash, invocation_id)
        select '{{ table }}', '{{ definition_hash }}', '{{ invocation_id }}'
        where exists (select from {{ target.schema }}.source_{{ table }} where batch_id is null)
        on conflict (table_name) where state = 'open' do nothing;
        -- A batch left open by a run that died keeps its records; new ones wait for the next.
        with opened as (
            select batch_id
            from {{ target.schema }}.transform_batches
            where table_name = '{{ table }}' and state = 'open' and claimed = 0
        ),

        claimed as (
            update {{ target.schema }}.source_{{ table }} as raw
            set batch_id = opened.batch_id
            from opened
            where raw.batch_id is null
            returning raw.raw_seq
        )

        update {{ target.schema }}.transform_batches as batch
        set claimed = (select count(*) from claimed)
        from opened
        where batch.batch_id = opened.batch_id;
        commit;
        -- How many records are claimed is what every plan of this batch turns on, and no statistic knows it yet.
        analyze {{ target.schema }}.source_{{ table }} (batch_id, processed);
        {%- if graph.nodes['model.' ~ model.package_name ~ '.' ~ prefixed(table)].config.meta.get('ages') %}
        -- Nor how many archived rows a replay has noted: taken for a few, they are compared one by one.
        analyze {{ target.schema }}.cold_rows (table_name, batch_id);
        {%- endif %}
        {%- set span = graph.nodes['model.' ~ model.package_name ~ '.' ~ prefixed(table)].config.meta.get('cut_by') -%}
        {%- if span %}
        -- A transaction of its own: whoever reads waits for no more than this.
        begin;
        select {{ target.schema }}.make_partitions_for(
            '{{ table }}', '{{ span }}', $staging${{ graph.nodes[model.depends_on.nodes[0]].relation_name }}$staging$
        );
        commit;
        {%- endif -%}
    {%- endif %}
        begin
{% endmacro %}

{#
    pre_hook inside the transaction: two runs at once take turns with a batch:  {{ lock_batch('orders') }}
    Pins the batch for the rest of the transaction: another run may close it and open the next meanwhile, and to close
    a batch that was not read would judge its records without their rows. Notes which models have taken the batch in,
    and pins what the text of a time may depend on.
#}
{% macro lock_batch(table) %}
    {%- if runs_whole_batch(table) -%}
        set local time zone 'UTC';
        set local datestyle = 'ISO, YMD';
        set local intervalstyle = 'postgres';
        select set_config('platform.batch', coalesce((
            select batch_id::text
            from {{ target.schema }}.transform_batches
            where table_name = '{{ table }}' and state = 'open'{{ is_taken_in(table) }}
            for update
        ), ''), true);
        {%- if model.alias == 'rejected_' ~ table %}
        -- A run that died may have judged by another definition, as may have been before a replay: all is judged anew.
        delete from {{ this }} where _raw_seq in ({{ records_of_batch(table) }});
        update {{ target.schema }}.transform_batches
        set
            taken_in_by = array['{{ model.alias }}'],
            definition_hash = '{{ graph.nodes['model.' ~ model.package_name ~ '.' ~ prefixed(table)].config.meta.definition_hash }}',
            invocation_id = '{{ invocation_id }}',
            dbt_version = '{{ dbt_version }}',
            code = '{}'
        where batch_id = {{ pinned_batch() }};
        {%- elif model.alias == table and not model.config.meta.business_key %}
        -- A row without a key is known by its record alone: one that is replayed is made anew.
        delete from {{ this }}
        where {{ is_replayed() }} and _raw_seq in ({{ records_of_batch(table) }})
            and _raw_seq not in (
                select refused._raw_seq
                from {{ target.schema }}.rejected_{{ table }} as refused
                where refused._batch_id = {{ pinned_batch() }}
            )
            {%- if model.config.meta.ages %}
            and _raw_seq not in (select cold._raw_seq from {{ cold_rows(table) }} as cold)
            {%- endif %};
        {%- elif model.alias != table %}
        update {{ target.schema }}.transform_batches
        set taken_in_by = array_append(array_remove(taken_in_by, '{{ model.alias }}'), '{{ model.alias }}')
        where batch_id = {{ pinned_batch() }};
        {%- endif -%}
        {{ note_code(table) }}
    {%- endif -%}
{% endmacro %}

{#
    Keep the SQL this model runs, and say in the batch that it did: that of staging, which is a view, as PostgreSQL has it.
    The text is the same for every batch until a definition or the tool changes, and is kept once.
#}
{% macro note_code(table) -%}
    {%- set staging = graph.nodes[graph.nodes['model.' ~ model.package_name ~ '.' ~ prefixed('rejected_' ~ table)].depends_on.nodes[0]] %}
        with run as (
            select '{{ model.alias }}' as model, '{{ model.compiled_code | replace("'", "''") }}' as sql
        {%- if model.alias == 'rejected_' ~ table %}
            union all
            select '{{ staging.alias }}', pg_get_viewdef('{{ staging.relation_name }}'::regclass)
        {%- endif %}
        ),

        hashed as (
            select encode(sha256(convert_to(run.sql, 'UTF8')), 'hex') as sha256, run.model, run.sql
            from run
            where {{ pinned_batch() }} is not null
        ),

        kept as (
            insert into {{ target.schema }}.transform_sql (sha256, model, sql)
            select hashed.sha256, hashed.model, hashed.sql from hashed
            on conflict (sha256) do nothing
        )

        update {{ target.schema }}.transform_batches
        set code = code || (select jsonb_object_agg(hashed.model, hashed.sha256) from hashed)
        where batch_id = {{ pinned_batch() }}
{%- endmacro %}

{#
    The condition under which a model reads staging:  where {{ in_open_batch('orders') }}
    No batch is pinned where none is open, and then no record is read.
#}
{% macro in_open_batch(table) %}
    {{- '_batch_id = ' ~ pinned_batch() if runs_whole_batch(table) else 'false' -}}
{% endmacro %}

{# A subquery: the records that the open batch has claimed. #}
{% macro records_of_batch(table) -%}
    select claimed.raw_seq
    from {{ target.schema }}.source_{{ table }} as claimed
    where claimed.batch_id = {{ pinned_batch() }} and not claimed.processed
{%- endmacro %}

{# A condition: the open batch holds records that had an outcome before. #}
{% macro is_replayed() -%}
    (
        select batch.replay_id is not null
        from {{ target.schema }}.transform_batches as batch
        where batch.batch_id = {{ pinned_batch() }}
    )
{%- endmacro %}

{#
    The archived rows that a replay has noted for its batch, as rows of the write model:  from {{ cold_rows('orders') }}
    Of a table with a key the newest of each key it is about, else those of its records. None in any other batch.
#}
{% macro cold_rows(table) -%}
    (
        select row_then.*
        from {{ target.schema }}.cold_rows as noted
        cross join lateral jsonb_populate_record(null::{{ target.schema }}.{{ adapter.quote(table) }}, noted.known) as row_then
        where noted.table_name = '{{ table }}' and noted.batch_id = {{ pinned_batch() }}
    )
{%- endmacro %}

{# The batch that lock_batch has pinned for this transaction, or null. #}
{% macro pinned_batch() -%}
    nullif(current_setting('platform.batch', true), '')::bigint
{%- endmacro %}

{#
    For the write model:  and taken_in_by @> array['rejected_orders']
    It takes only what all others have taken in: another run may have closed the batch they took in and opened the next.
#}
{% macro is_taken_in(table) %}
    {%- if model.alias == table -%}
        {%- set others = [] -%}
        {%- for unique_id in batch_models(table) if not unique_id.endswith('.' ~ prefixed(table)) -%}
            {%- do others.append("'" ~ unique_id.split('.')[-1][prefixed('') | length:] ~ "'") -%}
        {%- endfor %} and taken_in_by @> array[{{ others | join(', ') }}]
    {%- endif -%}
{% endmacro %}

{#
    post_hook of the versions: a run that died may have made some of records that the definition now rejects.
        {{ drop_stale_versions('orders', ref('stg_commerce__orders')) }}
#}
{% macro drop_stale_versions(table, staging) %}
    {%- if runs_whole_batch(table) -%}
        delete from {{ this }}
        where {{ in_open_batch(table) }}
            and _raw_seq not in (select accepted._raw_seq from {{ staging }} as accepted where accepted._errors = '{}')
    {%- endif -%}
{% endmacro %}

{#
    post_hook of the write model, in its transaction: every claimed record gets its outcome, or all is rolled back.
        {{ close_batch('orders', ref('stg_commerce__orders'), ref('rejected_orders')) }}
    A record that is neither rejected nor loaded lost to the row that now stands in the table.
#}
{% macro close_batch(table, staging, rejected) %}
    {%- if runs_whole_batch(table) -%}
        {%- set key = model.config.meta.business_key -%}
        -- The archiver marks the same raw records as archived: it waits while this runs, and the other way round.
        select pg_advisory_xact_lock(hashtextextended('raw:{{ target.schema }}.{{ table }}', 0));
        with claimed as (
            select
                staged.*,
                exists (select from {{ rejected }} as refused where refused._raw_seq = staged._raw_seq) as is_rejected
            from {{ staging }} as staged
            where {{ in_open_batch(table) }}
        ),

        standing as (
            select *
            from {{ this }}
            where {{ is_claimed(key) }}
            {%- if model.config.meta.ages %}
            union all
            select *
            from {{ cold_rows(table) }} as cold
            where {{ is_claimed(key) }}
            {%- endif %}
        ),

        winner as (
            select
            {%- if key %}
                distinct on ({{ quoted(key) | join(', ') }})
            {%- endif %}
                *
            from standing
            {%- if key %}
            order by {{ quoted(key) | join(', ') }}, _source_order desc, _raw_seq desc, _loaded_at desc, _deleted
            {%- endif %}
        ),

        judged as (
            select
                claimed._raw_seq,
                winner._raw_seq as winner_raw_seq,
                case
                    when claimed.is_rejected then 'rejected'
                    when claimed._raw_seq = winner._raw_seq then 'loaded'
                    when {{ says_the_same('claimed', 'winner') }} then 'duplicate'
                    when winner._raw_seq is not null then 'superseded'
                end as outcome
            from claimed
            left join winner on {% if key -%}
                {%- for name in key %}claimed.{{ quoted([name])[0] }} = winner.{{ quoted([name])[0] }}{{ ' and ' if not loop.last }}{% endfor %}
            {%- else -%}
                claimed._raw_seq = winner._raw_seq
            {%- endif %}
        )

        update {{ target.schema }}.source_{{ table }} as raw
        set
            processed = true,
            processed_at = clock_timestamp(),
            outcome = judged.outcome,
            outcome_raw_seq = case when judged.outcome in ('superseded', 'duplicate') then judged.winner_raw_seq end
        from judged
        where raw.raw_seq = judged._raw_seq and not raw.processed;
        {%- if keeps_highest_order() %}
        update {{ target.schema }}.transform_batches
        set highest_order = (select max(_source_order) from {{ this }} where {{ in_open_batch(table) }})
        where batch_id = {{ pinned_batch() }};
        {%- endif %}
        {{ profile_batch(table, rejected) }};
        select {{ target.schema }}.close_batch('{{ table }}', {{ pinned_batch() }})
    {%- endif -%}
{% endmacro %}

{# A condition of close_batch: the row is of a claimed record, or of its key. #}
{% macro is_claimed(key) -%}
    {% if key -%}
        ({{ quoted(key) | join(', ') }}) in (select {{ quoted(key) | join(', ') }} from claimed)
    {%- else -%}
        _raw_seq in (select claimed._raw_seq from claimed)
    {%- endif %}
{%- endmacro %}

{# True for changes of events that age: one without an order may come when what it changes is archived. #}
{% macro keeps_highest_order() %}
    {%- set meta = model.config.meta -%}
    {{ return(meta.get('source_format') is not none and meta.get('ages', false)) }}
{% endmacro %}

{#
    The highest order of all rows that earlier batches brought: no archived row of the table stands above it. A replay
    says nothing of when its records came, and has noted what is archived of their keys.
#}
{% macro highest_order_before(table) -%}
    (
        select max(earlier.highest_order)
        from {{ target.schema }}.transform_batches as earlier
        where earlier.table_name = '{{ table }}' and not coalesce({{ is_replayed() }}, false)
    )
{%- endmacro %}

{#
    In the write model: a condition that two records of one key say the same, in every column and in their order.
    A row that only marks a place an event has left says something else than a record that puts it there again.
        and not {{ says_the_same('accepted', 'known') }}
    Of two deletes it does not matter what they say of the row that is gone. A change without an order of its own, as a
    tombstone, is as new as what it repeats.
#}
{% macro says_the_same(one, other) -%}
    {%- set tells_changes = model.config.meta.get('source_format') is not none -%}
    (
    {%- if tells_changes %}
        ({{ one }}._has_no_order or {{ one }}._source_order = {{ other }}._source_order) and
        ({{ one }}._deleted and {{ other }}._deleted or
    {%- endif %}
    {%- for column in model.columns.values() if not column.name.startswith('_')
        and column.name not in model.config.meta.get('business_key', []) %}
        {{ comparable(one, column) }} is not distinct from {{ comparable(other, column) }} and
    {%- endfor %}
        {{ one }}._deleted = {{ other }}._deleted and
        {{ 'true' if tells_changes or model.config.meta.get('source_order') is none else one ~ '._source_order = ' ~ other ~ '._source_order' }}
    {%- if tells_changes %}){% endif %}
    )
{%- endmacro %}

{# Column names as SQL needs them: ['timestamp'] becomes ['"timestamp"']. #}
{% macro quoted(names) %}
    {%- set result = [] -%}
    {%- for name in names -%}
        {%- do result.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(result) }}
{% endmacro %}

{# A column in a form that has an equality: some types have none, or one that is not about sameness (1 month = 30 days). #}
{% macro comparable(relation, column) %}
    {%- set without_equality = [
        'json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'interval', 'jsonpath', 'pg_snapshot',
        'txid_snapshot', 'refcursor', 'pg_node_tree',
    ] -%}
    {%- set base = base_type(column.data_type or 'text').removesuffix('[]') -%}
    {{- relation }}.{{ adapter.quote(column.name) }}{{ '::text' if base in without_equality -}}
{% endmacro %}

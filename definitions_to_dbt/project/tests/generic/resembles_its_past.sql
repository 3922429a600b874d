{#
    What sets the last batch of a table apart from those before it: how many records came, how many were rejected and for
    what reasons, how often a value is missing or a mere placeholder, means, spreads, and shares of listed values.
        resembles_its_past: {arguments: {table: orders}, config: {fail_calc: coalesce(max(oddity), 0), warn_if: '> 4'}}
    `oddity` is how far it lies outside of all up to 30 earlier batches, in units of what is usual between them. Nothing is
    said before there are 5 of them. Reads the ledger of batches alone.
#}
{% test resembles_its_past(model, table, batches=30, at_least=5) %}
    {#- model is {{ model }}: the test waits for it. -#}
    with batch as (
        select
            claimed::numeric as claimed,
            profile,
            rejected / claimed::numeric as rejected_share,
            (superseded + duplicate) / claimed::numeric as repeated_share,
            (profile ->> 'rows')::numeric as profiled_rows,
            row_number() over (order by batch_id desc) as place
        from {{ target.schema }}.transform_batches
        where table_name = '{{ table }}' and state = 'closed' and replay_id is null and claimed > 0 and profile is not null
        order by batch_id desc
        limit {{ batches + 1 }}
    ),

    -- Reasons that a batch does not name have not come up in it.
    reason as (
        select distinct kind, said
        from batch
        cross join lateral (values ('reasons'), ('issues')) as kinds (kind)
        cross join lateral jsonb_object_keys(profile -> kind) as said
    ),

    -- The same of values: one that is not among the common ones of a batch counts as none of it.
    common as (
        select distinct of_column.key as of_column, said
        from batch
        cross join lateral jsonb_each(profile -> 'columns') as of_column
        cross join lateral jsonb_object_keys(of_column.value -> 'shares') as said
        where jsonb_typeof(of_column.value -> 'shares') = 'object'
    ),

    figure as (
        select place, 'records' as what, 'log' as scale, ln(claimed) as value, null::numeric as deviation from batch
        union all
        select place, 'rejected', 'share', rejected_share, null from batch
        union all
        select place, 'repeated', 'share', repeated_share, null from batch
        union all
        select
            batch.place,
            reason.said,
            'reason',
            coalesce((batch.profile #>> array[reason.kind, reason.said, 'records'])::numeric, 0) / batch.claimed,
            null
        from batch
        cross join reason
        union all
        select
            batch.place,
            of_column.key || ': ' || said.key,
            case
                when said.key = 'mean' then 'mean'
                when said.key = 'hour' then 'hour'
                when said.key in ('deviation', 'distinct') then 'log'
                else 'share'
            end,
            case
                -- Next to a mean of 100 it is all the same whether the spread is 0 or 1.
                when said.key = 'deviation'
                    then ln((said.value #>> '{}')::numeric + 0.05 * abs((of_column.value ->> 'mean')::numeric) + 0.000001)
                when said.key = 'distinct' then ln((said.value #>> '{}')::numeric + 1)
                else (said.value #>> '{}')::numeric
            end,
            (of_column.value ->> 'deviation')::numeric
        from batch
        cross join lateral jsonb_each(batch.profile -> 'columns') as of_column
        cross join lateral jsonb_each(of_column.value) as said
        where jsonb_typeof(said.value) = 'number' and batch.profiled_rows > 0
        union all
        select
            batch.place,
            common.of_column || ' = ' || common.said,
            'common',
            coalesce((batch.profile #>> array['columns', common.of_column, 'shares', common.said])::numeric, 0),
            null
        from batch
        cross join common
        where batch.profiled_rows > 0
    ),

    -- What no float can hold is as odd as the largest that one can.
    past as (
        select
            what,
            scale,
            count(*) as batches,
            percentile_cont(0.5) within group (order by {{ as_float('value') }}) as usual,
            min({{ as_float('value') }}) as least,
            max({{ as_float('value') }}) as most,
            percentile_cont(0.5) within group (order by {{ as_float('deviation') }}) as deviation
        from figure
        where place > 1
        group by what, scale
    ),

    spread as (
        select
            figure.what,
            1.4826 * percentile_cont(0.5) within group (order by abs({{ as_float('figure.value') }} - past.usual)) as usual_distance
        from figure
        inner join past on figure.what = past.what and figure.scale = past.scale
        where figure.place > 1
        group by figure.what
    ),

    compared as (
        select
            past.what,
            {{ as_float('figure.value') }} as found,
            past.usual,
            past.scale,
            greatest({{ as_float('figure.value') }} - past.most, past.least - {{ as_float('figure.value') }}, 0) as outside,
            last_batch.profiled_rows as rows_now,
            spread.usual_distance + case past.scale
                when 'log' then 0.15
                when 'hour' then 0.1
                when 'mean' then 1e-9 + 0.001 * abs(past.usual) + coalesce(past.deviation, 0) * 0.02
                    + coalesce(greatest(past.deviation, {{ as_float('figure.deviation') }}), 0)
                    / sqrt(greatest(last_batch.profiled_rows, 1))
                else 0.003 + sqrt(past.usual * (1 - least(past.usual, 1)) / greatest(last_batch.profiled_rows, 1))
            end as distance_between_batches
        from past
        inner join spread on past.what = spread.what
        inner join figure on past.what = figure.what and past.scale = figure.scale and figure.place = 1
        inner join batch as last_batch on last_batch.place = 1
        where past.batches >= {{ at_least }}
    ),

    judged as (
        select
            what,
            found,
            usual,
            least(1000, greatest(
                case
                    -- A day, or a number that counts up, is new in every batch: only what is common otherwise can be missed.
                    when scale = 'common' and usual * rows_now < 20 then 0
                    -- One or two rows of many are chance, also where the past had none.
                    when scale = 'share' and outside * rows_now < 2.5 and outside < 0.5 then 0
                    else outside / distance_between_batches
                end,
                case when scale = 'reason' and usual = 0 and found > 0 and not exists (
                    select from figure where figure.what = compared.what and place > 1 and figure.value > 0
                ) then 5 else 0 end
            ))::integer as oddity
        from compared
    )

    select what, found, usual, oddity
    from judged
    where oddity > 3
{% endtest %}

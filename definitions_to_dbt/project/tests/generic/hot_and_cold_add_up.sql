{#
    Hot + cold = history: what the catalogue counts in the files of the archive is what is read of them, no row counts
    twice, and every object that hot and cold rows together leave standing is in history once.
        hot_and_cold_add_up: {arguments: {table: orders, archive: ref('archive_orders'), key: [order_id]}}
    Reckoned another way than history does it: by the newest row of each key, not by a rank over all rows.
#}
{% test hot_and_cold_add_up(model, table, archive, key) %}
    {%- set key = quoted(key) | join(', ') -%}
    with cold as (
        select
            {{ key if key != '"_raw_seq"' else '_raw_seq as _of_raw_seq' }},
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ archive }}
    ),

    hot as (
        select
            {{ key if key != '"_raw_seq"' else '_raw_seq as _of_raw_seq' }},
            _raw_seq,
            _source_order,
            _deleted,
            _loaded_at
        from {{ lake_view(table) }}
    ),

    newest as (
        select arg_max(_deleted, (_source_order, _raw_seq, _loaded_at, not _deleted)) as is_gone
        from (select * from cold union all by name select * from hot) as everything
        group by {{ key if key != '"_raw_seq"' else '_of_raw_seq' }}
    ),

    sums as (
        select
            'rows of the files in the catalogue' as place,
            (
                select coalesce(sum("rows"), 0)::bigint
                from {{ archive_catalog() }}.readable_files
                where not also_hot and {{ archive_of(table, 'analytics') }}
            ) as expected,
            (select count(*) from cold) as found
        union all
        select
            'rows that are hot and archived at once' as place,
            0 as expected,
            (
                select count(*)
                from (
                    -- A row that a replay has made of an archived one's record is made later.
                    select _raw_seq, _deleted, _loaded_at from hot
                    intersect
                    select _raw_seq, _deleted, _loaded_at from cold
                ) as twice
            ) as found
        union all
        select
            'objects in history' as place,
            (select count(*) from newest where not is_gone) as expected,
            (select count(*) from {{ model }}) as found
    )

    select place, expected, found
    from sums
    where expected <> found
{% endtest %}

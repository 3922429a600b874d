select << schema >>.ensure_index(
    'data_quality_results_by_rule', '<< schema >>.data_quality_results (rule_id, checked_at)'
);

-- The rule whose words these are; null where there is none, or `dbt seed` has not brought the rules yet.
create or replace function << schema >>.rule_by_message(of_table text, said text) returns text
language plpgsql stable as $platform$
declare
    found_id text;
begin
    if said is not null and to_regclass(format('%I.%I', << schema_text >>, 'data_quality_rules')) is not null then
        select rule_id into found_id
        from << schema >>.data_quality_rules
        where table_name = of_table and message = said
        limit 1;
    end if;
    return found_id;
end
$platform$;

-- What the closed batches were like, written as one result per rule that judges records. Each batch is told once: by the
-- run that closed it, or by the next where that one died before its end. Without the rules, which `dbt seed` brings, the
-- batches wait.
create or replace function << schema >>.note_batches(invocation text) returns bigint
language plpgsql as $platform$
declare
    noted bigint;
begin
    if to_regclass(format('%I.%I', << schema_text >>, 'data_quality_rules')) is null then
        return 0;
    end if;
    with pending as materialized (
        update << schema >>.transform_batches as batch
        set judged_at = clock_timestamp()
        where batch.batch_id in (
            select waiting.batch_id
            from << schema >>.transform_batches as waiting
            where waiting.state = 'closed' and waiting.profile is not null and waiting.judged_at is null
            for update skip locked
        )
        returning batch.*
    ),

    rules as (
        select rule.*
        from << schema >>.data_quality_rules as rule
        where rule.checked_on = 'record' and rule.is_active
    ),

    -- A reason in words that no rule uses is a fault of its column's text, or of the whole record.
    told as (
        select
            pending.batch_id,
            coalesce(
                exact.rule_id,
                typed.rule_id,
                pending.table_name || '.readable'
            ) as rule_id,
            (said.value ->> 'records')::bigint as records,
            said.value -> 'samples' as samples
        from pending
        cross join lateral (
            select * from jsonb_each(pending.profile -> 'reasons')
            union all
            select * from jsonb_each(pending.profile -> 'issues')
        ) as said
        left join rules as exact
            on pending.table_name = exact.table_name and said.key = exact.message
        left join rules as typed
            on pending.table_name = typed.table_name and typed.rule_type = 'TYPE'
            and split_part(said.key, ':', 1) = typed.column_name
    ),

    failures as (
        select
            batch_id,
            rule_id,
            sum(records) as records,
            jsonb_agg(samples) -> 0 as samples
        from told
        group by batch_id, rule_id
    ),

    counted as (
        select
            rules.rule_id,
            rules.table_name,
            rules.severity,
            pending.batch_id,
            pending.closed_at,
            case when rules.severity = 'ERROR' then pending.claimed else pending.loaded end as record_count,
            coalesce(failures.records, 0) as failed_count,
            coalesce(failures.samples, '[]') as samples
        from pending
        inner join rules on pending.table_name = rules.table_name
        left join failures on pending.batch_id = failures.batch_id and rules.rule_id = failures.rule_id
    )

    insert into << schema >>.data_quality_results (
        rule_id, checked_at, record_count, failed_count, success_rate, sample_failures,
        table_name, severity, status, checked_by, batch_id, invocation_id
    )
    select
        rule_id,
        closed_at,
        record_count,
        failed_count,
        1 - failed_count::numeric / nullif(record_count, 0),
        samples,
        table_name,
        severity,
        case
            when failed_count = 0 then 'pass'
            when severity = 'ERROR' then 'rejected'
            when severity = 'WARNING' then 'flagged'
            else 'counted'
        end,
        'batch',
        batch_id,
        invocation
    from counted
    order by batch_id, rule_id;
    get diagnostics noted = row_count;
    return noted;
end
$platform$;

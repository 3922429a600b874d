{#
    on-run-end: one row in data_quality_results per test of this run, and one per rule and record for every batch that
    was closed.     {{ note_quality(results) }}
    A role that may not write there runs its tests all the same, and is told. Staging is passed over: its views show
    records only while a batch is open.
#}
{% macro note_quality(results) %}
    {#- A run that is deferred tries a change out: what it tests stands partly in another schema, and is no news of it. -#}
    {%- set is_a_trial = invocation_args_dict.get('defer', false) -%}
    {%- set is_asked = flags.WHICH in ('run', 'build', 'test', 'retry', 'seed') and not flags.EMPTY and not is_a_trial -%}
    {%- if execute and is_asked and target.type != 'spark' and may_note_quality() -%}
        {%- set tests = [] -%}
        {%- for result in results if result.node.resource_type == 'test' and result.status in ('pass', 'warn', 'fail', 'error') -%}
            {%- if not tested_model(result.node).get('original_file_path', '').split('/')[-3:-2] == ['staging'] -%}
                {%- do tests.append(result) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set counted = counted_rows(tests) -%}
        {%- set checks = [] -%}
        {%- for result in tests -%}
            {%- do checks.extend(checks_of(result, counted)) -%}
        {%- endfor -%}
        {%- if checks -%}
            {%- do write_to_ledger(insert_of_checks(checks)) -%}
        {%- endif -%}
        {%- if target.type == 'postgres' and flags.WHICH != 'test' -%}
            {%- do run_query('select ' ~ target.schema ~ ".note_batches('" ~ invocation_id ~ "'); commit") -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# False where the ledger is not there yet or belongs to others. DuckDB asks and writes by a connection of its own. #}
{% macro may_note_quality() %}
    {%- set ledger = target.schema ~ '.data_quality_results' -%}
    {%- set question = "select coalesce(has_table_privilege(to_regclass('" ~ ledger ~ "'), 'insert'), false) as may" -%}
    {%- if target.type == 'duckdb' -%}
        {%- do run_query("attach if not exists '' as quality_ledger (type postgres)") -%}
        {%- set question = "select may from postgres_query('quality_ledger', '" ~ question | replace("'", "''") ~ "')" -%}
    {%- endif -%}
    {%- set may = run_query(question).columns[0].values()[0] -%}
    {%- if not may -%}
        {%- do log('No results were noted: ' ~ target.user ~ ' may not insert into ' ~ ledger ~ ', or it is not there yet.') -%}
    {%- endif -%}
    {{ return(may) }}
{% endmacro %}

{% macro write_to_ledger(statement) %}
    {%- if target.type == 'duckdb' -%}
        {%- do run_query("call postgres_execute('quality_ledger', '" ~ statement | replace("'", "''") ~ "')") -%}
    {%- else -%}
        {%- do run_query(statement ~ '; commit') -%}
    {%- endif -%}
{% endmacro %}

{# The model, seed or source a generic test stands on; an empty dict for other tests. #}
{% macro tested_model(node) %}
    {{ return(graph.nodes.get(node.attached_node) or graph.sources.get(node.attached_node) or {}) }}
{% endmacro %}

{# Of how many rows each test speaks: every relation is counted once, under the condition its tests have. #}
{% macro counted_rows(tests) %}
    {%- set places = [] -%}
    {%- for result in tests if counts_rows(result.node) and result.status != 'error' -%}
        {%- set place = tested_model(result.node).relation_name ~ ' where ' ~ (result.node.config.where or 'true') -%}
        {%- if place not in places -%}{%- do places.append(place) -%}{%- endif -%}
    {%- endfor -%}
    {%- set counted = {} -%}
    {%- if places -%}
        {%- set selects = [] -%}
        {%- for place in places -%}
            {%- do selects.append('select ' ~ loop.index0 ~ ' as place, count(*) as n from ' ~ place) -%}
        {%- endfor -%}
        {%- for place, n in run_query(selects | join(' union all ')).rows -%}
            {%- do counted.update({places[place | int]: n | int}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(counted) }}
{% endmacro %}

{# True for a test that returns rows of its model; false for one that measures, or looks at a ledger. #}
{% macro counts_rows(node) %}
    {%- set name = node.test_metadata.name if node.test_metadata else '' -%}
    {{ return(
        tested_model(node).get('relation_name') is not none and node.config.fail_calc == 'count(*)' and name not in
        ('', 'outcomes_add_up', 'reject_rate', 'hours_since_last_batch', 'batch_volume', 'resembles_its_past', 'hot_and_cold_add_up')
    ) }}
{% endmacro %}

{#
    The rows that one test becomes: of a test of many rules that fails, one for each rule that is broken. A test that could
    not be asked has neither rows nor failures, and counts in no score.
#}
{% macro checks_of(result, counted) %}
    {%- set node = result.node -%}
    {%- set tested = tested_model(node) -%}
    {%- set table = tested.get('config', {}).get('meta', {}).get('object_table') or tested.get('name') or node.name -%}
    {%- set counts = counts_rows(node) -%}
    {%- set check = {
        'rule_id': rule_of_test(node, table),
        'record_count': none if result.status == 'error' else counted.get(tested.get('relation_name', '') ~ ' where ' ~ (node.config.where or 'true')) if counts else 1,
        'failed_count': result.failures if counts or result.status == 'error' else 0 if result.status == 'pass' else 1,
        'observed': result.failures,
        'status': result.status | string,
        'severity': 'WARNING' if node.config.severity | lower == 'warn' else 'ERROR',
        'table_name': table,
        'checked_by': node.name,
        'sample_failures': sample_of(result, tested) if result.failures else [],
    } -%}
    {%- set name = node.test_metadata.name if node.test_metadata else '' -%}
    {%- if name == 'keeps_its_rules' and result.failures -%}
        {{ return(checks_of_rules(node, tested, check)) }}
    {%- endif -%}
    {{ return([check]) }}
{% endmacro %}

{% macro checks_of_rules(node, tested, check) %}
    {%- set rules = node.test_metadata.kwargs.rules -%}
    {%- set counts = [] -%}
    {%- for rule in rules -%}
        {%- do counts.append('count(*) filter (where not (' ~ rule.holds ~ '))') -%}
    {%- endfor -%}
    {%- set found = run_query(
        'select ' ~ counts | join(', ') ~ ' from ' ~ tested.relation_name ~ ' where ' ~ (node.config.where or 'true')
    ).rows[0].values() -%}
    {%- set checks = [] -%}
    {%- for rule, failed in zip(rules, found) if failed -%}
        {%- do checks.append(dict(check, rule_id=none, message=rule.name, failed_count=failed | int)) -%}
    {%- endfor -%}
    {{ return(checks) }}
{% endmacro %}

{# The id of the rule a test stands for, as data_quality_rules has it; a test by hand goes by its own name. #}
{% macro rule_of_test(node, table) %}
    {%- if not node.test_metadata -%}{{ return(node.name) }}{%- endif -%}
    {%- set arguments = node.test_metadata.kwargs -%}
    {%- set known = {
        'keeps_its_rules': 'kept_rules', 'outcomes_add_up': 'outcomes', 'reject_rate': 'reject_rate', 'batch_volume': 'volume',
        'hours_since_last_batch': 'freshness', 'resembles_its_past': 'past', 'one_current_version': 'versions',
        'hot_and_cold_add_up': 'hot_and_cold', 'has_a_reason': 'reasons',
    } -%}
    {%- set name = node.test_metadata.name -%}
    {%- if name in known -%}{{ return(table ~ '.' ~ known[name]) }}{%- endif -%}
    {%- if name == 'refers_to' -%}{{ return(table ~ '.' ~ arguments.column ~ '.reference') }}{%- endif -%}
    {%- if name == 'newest_is_fresh' -%}{{ return(table ~ '.' ~ arguments.column ~ '.freshness') }}{%- endif -%}
    {%- if name in ('unique_and_present', 'unique_together') -%}
        {{ return(table ~ '.' ~ arguments.columns | join('+') ~ '.unique') }}
    {%- endif -%}
    {{ return(node.name) }}
{% endmacro %}

{#
    Up to five failing rows, as evidence that everybody may see: numbers of raw records, keys, counts, and the column the
    test is about. Nothing of a model that no definition speaks for, and no personal data.
#}
{% macro sample_of(result, tested) %}
    {%- set meta = tested.get('config', {}).get('meta', {}) -%}
    {%- set table = meta.get('object_table') -%}
    {%- set object = graph.nodes.get('model.' ~ tested.get('package_name') ~ '.' ~ prefixed(table or '')) -%}
    {%- if not table or not object or not result.node.test_metadata -%}{{ return([]) }}{%- endif -%}
    {%- set arguments = result.node.test_metadata.kwargs -%}
    {%- set personal = object.config.meta.get('never_shown', []) -%}
    {%- set shown = [
        '_raw_seq', 'batch_id', 'reasons', 'broken_rules', 'copies', 'current_versions', 'place', 'expected', 'found',
        'what', 'usual', 'oddity', 'claimed', 'rejected', 'rejected_per_mille', 'hours_since_last_batch', 'hours_old',
    ] -%}
    {%- for name in object.config.meta.get('business_key', []) + arguments.get('columns', []) + [arguments.get('column')] -%}
        {%- if name and name not in personal -%}{%- do shown.append(name) -%}{%- endif -%}
    {%- endfor -%}
    {%- set rows = run_query('select * from (' ~ result.node.compiled_code ~ ') as failing limit 5') -%}
    {%- set samples = [] -%}
    {%- for row in rows.rows -%}
        {%- set sample = {} -%}
        {%- for name, value in zip(rows.column_names, row.values()) if name in shown -%}
            {%- do sample.update({name: value | int if name == '_raw_seq' else value if value is none or value is boolean else value | string}) -%}
        {%- endfor -%}
        {%- do samples.append(sample) -%}
    {%- endfor -%}
    {{ return(samples) }}
{% endmacro %}

{# A rule that is one of many in a test is found by its words. #}
{% macro insert_of_checks(checks) %}
    insert into {{ target.schema }}.data_quality_results (
        rule_id, record_count, failed_count, success_rate, sample_failures,
        table_name, severity, status, observed, checked_by, invocation_id
    )
    select
        coalesce(check_of.rule_id, {{ target.schema }}.rule_by_message(check_of.table_name, check_of.message), check_of.table_name || '.kept_rules'),
        check_of.record_count,
        check_of.failed_count,
        1 - least(check_of.failed_count, check_of.record_count)::numeric / nullif(check_of.record_count, 0),
        check_of.sample_failures,
        check_of.table_name,
        check_of.severity,
        check_of.status,
        check_of.observed,
        check_of.checked_by,
        '{{ invocation_id }}'
    from jsonb_to_recordset('{{ tojson(checks) | replace("'", "''") }}') as check_of (
        rule_id text, message text, record_count bigint, failed_count bigint, observed numeric, status text, severity text,
        table_name text, checked_by text, sample_failures jsonb
    )
{%- endmacro %}

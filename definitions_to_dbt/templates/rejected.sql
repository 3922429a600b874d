{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook=[
            {'sql': "{{ claim_batch('<< table >>') }}", 'transaction': false},
            "{{ lock_batch('<< table >>') }}",
        ],
    )
}}

-- One row per raw record of << table >> that was rejected, with every reason. Opens the batch.
-- << notice >>
select
    _raw_seq,
    _raw_id as raw_id,
    _errors as reasons,
    _ingested_at as ingested_at,
    _batch_id,
    now() as _rejected_at,
    << version >> as _definition_version
from {{ ref('<< staging >>') }}
where _errors <> '{}' and {{ in_open_batch('<< table >>') }}

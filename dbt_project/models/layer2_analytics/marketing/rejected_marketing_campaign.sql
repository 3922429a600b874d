{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook=[
            {'sql': "{{ claim_batch('marketing_campaign') }}", 'transaction': false},
            "{{ lock_batch('marketing_campaign') }}",
        ],
    )
}}

-- One row per raw record of marketing_campaign that was rejected, with every reason. Opens the batch.
-- Generated from definitions/object_models/marketing/marketing_campaign.json: edit that file, not this one.
select
    _raw_seq,
    _raw_id as raw_id,
    _errors as reasons,
    _ingested_at as ingested_at,
    _batch_id,
    now() as _rejected_at,
    1 as _definition_version
from {{ ref('stg_marketing__marketing_campaign') }}
where _errors <> '{}' and {{ in_open_batch('marketing_campaign') }}

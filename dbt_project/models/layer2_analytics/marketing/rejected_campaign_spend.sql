{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook=[
            {'sql': "{{ claim_batch('campaign_spend') }}", 'transaction': false},
            "{{ lock_batch('campaign_spend') }}",
        ],
    )
}}

-- One row per raw record of campaign_spend that was rejected, with every reason. Opens the batch.
-- Generated from definitions/object_models/marketing/campaign_spend.json: edit that file, not this one.
select
    _raw_seq,
    _raw_id as raw_id,
    _errors as reasons,
    _ingested_at as ingested_at,
    _batch_id,
    now() as _rejected_at,
    1 as _definition_version
from {{ ref('stg_marketing__campaign_spend') }}
where _errors <> '{}' and {{ in_open_batch('campaign_spend') }}

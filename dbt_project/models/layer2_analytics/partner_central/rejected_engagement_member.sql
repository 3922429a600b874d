{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='_raw_seq',
        full_refresh=false,
        pre_hook=[
            {'sql': "{{ claim_batch('engagement_member') }}", 'transaction': false},
            "{{ lock_batch('engagement_member') }}",
        ],
    )
}}

-- One row per raw record of engagement_member that was rejected, with every reason. Opens the batch.
-- Generated from definitions/object_models/partner_central/engagement_member.json: edit that file, not this one.
select
    _raw_seq,
    _raw_id as raw_id,
    _errors as reasons,
    _ingested_at as ingested_at,
    _batch_id,
    now() as _rejected_at,
    1 as _definition_version
from {{ ref('stg_partner_central__engagement_member') }}
where _errors <> '{}' and {{ in_open_batch('engagement_member') }}

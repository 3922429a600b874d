{{ config(materialized='view') }}

-- << grain >> Current truth over hot and cold rows alike.
-- << notice >>
-- depends_on: {{ ref('<< table >>') }}
<< current_truth >>

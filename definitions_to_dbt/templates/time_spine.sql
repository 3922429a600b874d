{{ config(materialized='view') }}

-- One row per day from 2000 to 2099. Comes with the tool: edit the tool, not this file.
select cast(days.day_start as date) as date_day
from generate_series(timestamp '2000-01-01', timestamp '2099-12-31', interval '1 day') as days (day_start)

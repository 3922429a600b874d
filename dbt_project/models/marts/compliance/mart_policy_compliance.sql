{{ config(materialized='table') }}

-- One row per tenant and policy that is in the register or that a violation, approval or control names.
with policies as (
    select
        tenant_id,
        policy_id,
        title,
        area,
        status,
        review_due_on
    from {{ ref('compliance_policy_read') }}
),

violations as (
    select
        violations.tenant_id,
        violations.policy_id,
        violations.violation_id,
        violations.severity in ('high', 'critical') as is_serious,
        violations.status in ('open', 'contained') as is_open,
        -- The authority must hear of it within three days; who has not told it yet may still be in time.
        violations.affects_personal_data
        and coalesce(violations.reported_at, cast(reporting_day.as_of_date as timestamp) at time zone 'UTC')
        > violations.detected_at + interval 72 hours as is_reported_late,
        epoch(violations.resolved_at - violations.detected_at) / 86400 as days_to_settle
    from {{ ref('compliance_violation_read') }} as violations
    cross join {{ ref('reporting_day') }} as reporting_day
),

actions as (
    select
        actions.tenant_id,
        -- An action has no policy of its own; of a violation that has not been sent yet it has none at all.
        coalesce(violations.policy_id, 'unknown') as policy_id,
        actions.status in ('open', 'in_progress') as is_open,
        actions.status in ('open', 'in_progress') and actions.due_on < reporting_day.as_of_date as is_overdue,
        actions.status = 'done' as is_done,
        actions.status = 'done' and actions.completed_on > actions.due_on as is_done_late
    from {{ ref('compliance_action_read') }} as actions
    cross join {{ ref('reporting_day') }} as reporting_day
    left join violations on actions.violation_id = violations.violation_id and actions.tenant_id = violations.tenant_id
),

approvals as (
    select
        tenant_id,
        policy_id,
        decision,
        epoch(decided_at - requested_at) / 3600 as hours_to_decide
    from {{ ref('approval_request_read') }}
),

last_assessments as (
    select
        assessments.tenant_id,
        assessments.control_id,
        count(*) as assessment_count,
        max(assessments.assessed_at) as last_assessed_at,
        arg_max(assessments.result, assessments.assessed_at) as last_result
    from {{ ref('history_control_assessment') }} as assessments
    inner join {{ ref('reporting_day') }} as reporting_day
        on cast(assessments.assessed_at at time zone 'UTC' as date) <= reporting_day.as_of_date
    group by assessments.tenant_id, assessments.control_id
),

controls as (
    select
        controls.tenant_id,
        controls.policy_id,
        controls.status = 'operating' as is_operating,
        coalesce(last_assessments.assessment_count, 0) as assessment_count,
        last_assessments.last_assessed_at,
        controls.status = 'operating' and coalesce(last_assessments.last_result = 'effective', false) as is_effective,
        controls.status = 'operating'
        and coalesce(
            cast(last_assessments.last_assessed_at at time zone 'UTC' as date)
            < reporting_day.as_of_date - interval 1 year,
            true
        ) as is_unassessed
    from {{ ref('compliance_control_read') }} as controls
    cross join {{ ref('reporting_day') }} as reporting_day
    left join last_assessments
        on controls.control_id = last_assessments.control_id and controls.tenant_id = last_assessments.tenant_id
),

violations_of_policies as (
    select
        tenant_id,
        policy_id,
        count(*) as violation_count,
        count(*) filter (where is_serious) as serious_violation_count,
        count(*) filter (where is_open) as open_violation_count,
        count(*) filter (where is_open and is_serious) as open_serious_violation_count,
        count(*) filter (where is_reported_late) as late_reported_violation_count,
        median(days_to_settle) as median_days_to_settle
    from violations
    group by tenant_id, policy_id
),

actions_of_policies as (
    select
        tenant_id,
        policy_id,
        count(*) as action_count,
        count(*) filter (where is_open) as open_action_count,
        count(*) filter (where is_overdue) as overdue_action_count,
        count(*) filter (where is_done) as done_action_count,
        count(*) filter (where is_done_late) as done_late_action_count
    from actions
    group by tenant_id, policy_id
),

approvals_of_policies as (
    select
        tenant_id,
        policy_id,
        count(*) as approval_count,
        count(*) filter (where decision = 'pending') as pending_approval_count,
        count(*) filter (where decision = 'approved') as approved_count,
        count(*) filter (where decision = 'rejected') as rejected_count,
        count(*) filter (where decision = 'lapsed') as lapsed_count,
        median(hours_to_decide) as median_hours_to_decide
    from approvals
    group by tenant_id, policy_id
),

controls_of_policies as (
    select
        tenant_id,
        policy_id,
        count(*) filter (where is_operating) as operating_control_count,
        count(*) filter (where is_effective) as effective_control_count,
        count(*) filter (where is_unassessed) as unassessed_control_count,
        sum(assessment_count) as assessment_count,
        max(last_assessed_at) as last_assessed_at
    from controls
    group by tenant_id, policy_id
),

named_policies as (
    select
        tenant_id,
        policy_id
    from policies
    union
    select
        tenant_id,
        policy_id
    from violations_of_policies
    union
    select
        tenant_id,
        policy_id
    from actions_of_policies
    union
    select
        tenant_id,
        policy_id
    from approvals_of_policies
    union
    select
        tenant_id,
        policy_id
    from controls_of_policies
)

select
    named_policies.tenant_id,
    named_policies.policy_id,
    policies.title as policy_title,
    policies.area,
    coalesce(policies.status, 'not in the register') as policy_status,
    policies.status = 'in_force' and policies.review_due_on < reporting_day.as_of_date as is_review_overdue,
    coalesce(violations.violation_count, 0) as violation_count,
    coalesce(violations.serious_violation_count, 0) as serious_violation_count,
    coalesce(violations.open_violation_count, 0) as open_violation_count,
    coalesce(violations.open_serious_violation_count, 0) as open_serious_violation_count,
    coalesce(violations.late_reported_violation_count, 0) as late_reported_violation_count,
    violations.median_days_to_settle,
    coalesce(actions.action_count, 0) as action_count,
    coalesce(actions.open_action_count, 0) as open_action_count,
    coalesce(actions.overdue_action_count, 0) as overdue_action_count,
    coalesce(actions.done_action_count, 0) as done_action_count,
    coalesce(actions.done_late_action_count, 0) as done_late_action_count,
    coalesce(approvals.approval_count, 0) as approval_count,
    coalesce(approvals.pending_approval_count, 0) as pending_approval_count,
    coalesce(approvals.approved_count, 0) as approved_count,
    coalesce(approvals.rejected_count, 0) as rejected_count,
    coalesce(approvals.lapsed_count, 0) as lapsed_count,
    approvals.median_hours_to_decide,
    coalesce(controls.operating_control_count, 0) as operating_control_count,
    coalesce(controls.effective_control_count, 0) as effective_control_count,
    coalesce(controls.unassessed_control_count, 0) as unassessed_control_count,
    cast(coalesce(controls.assessment_count, 0) as bigint) as assessment_count,
    controls.last_assessed_at
from named_policies
cross join {{ ref('reporting_day') }} as reporting_day
left join policies
    on named_policies.policy_id = policies.policy_id and named_policies.tenant_id = policies.tenant_id
left join violations_of_policies as violations
    on named_policies.policy_id = violations.policy_id and named_policies.tenant_id = violations.tenant_id
left join actions_of_policies as actions
    on named_policies.policy_id = actions.policy_id and named_policies.tenant_id = actions.tenant_id
left join approvals_of_policies as approvals
    on named_policies.policy_id = approvals.policy_id and named_policies.tenant_id = approvals.tenant_id
left join controls_of_policies as controls
    on named_policies.policy_id = controls.policy_id and named_policies.tenant_id = controls.tenant_id

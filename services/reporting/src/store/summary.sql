-- Sums up the events of the tickets in $1 (shared.summed_up). Gives back when they were resolved and reopened: the working days
-- between are counted outside.
WITH steps AS (
  SELECT array_agg(ticket) AS tickets, array_agg(at) AS ats, array_agg(source) AS sources, array_agg(seq) AS seqs,
         array_agg(state) AS states, array_agg(status) AS statuses, array_agg(sub_status) AS sub_statuses,
         array_agg(in_call) AS in_calls, array_agg(group_name) AS group_names, array_agg(line) AS lines,
         array_agg(owner) AS owners, array_agg(irregular) AS irregulars
  FROM step{n}
  WHERE ticket = ANY($1)
)
INSERT INTO ticket_summary{n} (ticket, kind, priority, application, first_at, last_at, throughput_seconds, events, irregular,
  first_line, max_line, lines, handovers, bounces, reopened_strict, reopened_loose, state, group_name, resolver, resolved_at,
  reopened_at, reopened_after_days, done_since, contacts, later_contacts, resolution_base, first_level,
  states, statuses, sub_statuses, state_events, wait_states, wait_statuses, wait_sub_statuses, wait_seconds)
SELECT s.ticket, t.kind, t.priority, t.application, s.first_at, s.last_at, extract(epoch FROM s.last_at - s.first_at)::float8, s.events, s.irregular,
  s.first_line, s.max_line, s.lines, s.handovers, s.bounces, s.reopened_strict, s.reopened_loose, s.state, s.group_name, s.resolver, s.resolved_at,
  s.reopened_at, NULL, s.done_since, c.contacts, c.later,
  s.state IN ('resolved', 'closed') AND NOT t.direct_to_n3,
  s.state IN ('resolved', 'closed') AND s.max_line IS NOT DISTINCT FROM 1,
  s.states, s.statuses, s.sub_statuses, s.state_events, s.wait_states, s.wait_statuses, s.wait_sub_statuses, s.wait_seconds
FROM steps AS e
CROSS JOIN LATERAL shared.summed_up(e.tickets, e.ats, e.sources, e.seqs, e.states, e.statuses, e.sub_statuses, e.in_calls,
  e.group_names, e.lines, e.owners, e.irregulars) AS s
JOIN ticket{n} AS t ON t.ticket = s.ticket
CROSS JOIN LATERAL (
  SELECT count(*)::int AS contacts,
         (count(*) FILTER (WHERE c.direction = 'inbound' AND c.contact IS DISTINCT FROM t.opening_contact))::int AS later
  FROM contact{n} AS c WHERE c.ticket = s.ticket
) AS c
ON CONFLICT (ticket) DO UPDATE SET
  kind = excluded.kind, priority = excluded.priority, application = excluded.application,
  first_at = excluded.first_at, last_at = excluded.last_at, throughput_seconds = excluded.throughput_seconds,
  events = excluded.events, irregular = excluded.irregular, first_line = excluded.first_line, max_line = excluded.max_line,
  lines = excluded.lines, handovers = excluded.handovers, bounces = excluded.bounces,
  reopened_strict = excluded.reopened_strict, reopened_loose = excluded.reopened_loose, state = excluded.state,
  group_name = excluded.group_name, resolver = excluded.resolver, resolved_at = excluded.resolved_at,
  reopened_at = excluded.reopened_at, reopened_after_days = NULL, done_since = excluded.done_since,
  contacts = excluded.contacts, later_contacts = excluded.later_contacts, resolution_base = excluded.resolution_base,
  first_level = excluded.first_level, states = excluded.states, statuses = excluded.statuses,
  sub_statuses = excluded.sub_statuses, state_events = excluded.state_events, wait_states = excluded.wait_states,
  wait_statuses = excluded.wait_statuses, wait_sub_statuses = excluded.wait_sub_statuses, wait_seconds = excluded.wait_seconds
RETURNING ticket, resolved_at, reopened_at

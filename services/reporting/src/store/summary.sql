-- Sums up the events of the tickets in $1. The same as domain/history.rs, for many tickets at once; the words of the
-- rules stand there. Gives back the tickets that were reopened: their working days are counted outside.
WITH ordered AS (
  SELECT ticket, at, state, status, sub_status, in_call, group_name, line, owner, irregular,
         row_number() OVER w AS n,
         count(*) OVER (PARTITION BY ticket) AS total,
         count(state) OVER w AS telling,
         count(group_name) OVER w AS holding
  FROM step{n}
  WHERE ticket = ANY($1)
  WINDOW w AS (PARTITION BY ticket ORDER BY at, source, seq)
), carried AS (
  SELECT ticket, n, total, at, irregular,
         state IS NOT NULL AS told,
         coalesce(first_value(state) OVER t, 'open') AS state,
         coalesce(first_value(status) OVER t, '') AS status,
         coalesce(first_value(sub_status) OVER t, '') AS sub_status,
         in_call,
         first_value(group_name) OVER h AS group_name,
         first_value(line) OVER h AS line,
         first_value(owner) OVER h AS owner
  FROM ordered
  WINDOW t AS (PARTITION BY ticket, telling ORDER BY n), h AS (PARTITION BY ticket, holding ORDER BY n)
), judged AS (
  SELECT ticket, n, total, at, irregular, told, state, status, sub_status, group_name, line, owner,
         -- A visit: the ticket comes to a group that it was not with.
         group_name IS NOT NULL AND lag(group_name) OVER w IS DISTINCT FROM group_name AS visit,
         coalesce(lead(at) OVER (PARTITION BY ticket, told ORDER BY n), at) AS until,
         told AND state IN ('resolved', 'closed', 'cancelled') AS done,
         told AND state IN ('resolved', 'closed') AND NOT in_call AS settled,
         told AND state IN ('queued', 'in_progress', 'waiting_for_requester', 'waiting_for_approval', 'waiting_for_vendor',
                            'waiting_for_implementation', 'waiting_for_third_party', 'reopened') AS active,
         told AND state LIKE 'waiting%' AS waiting,
         min(n) FILTER (WHERE told AND state IN ('resolved', 'closed')) OVER (PARTITION BY ticket) AS resolved_n,
         max(n) FILTER (WHERE told AND state NOT IN ('resolved', 'closed', 'cancelled')) OVER (PARTITION BY ticket) AS undone_n
  FROM carried
  WINDOW w AS (PARTITION BY ticket ORDER BY n)
), visited AS (
  SELECT ticket, n, total, at, irregular, told, state, status, sub_status, group_name, line, owner, visit, until, done, settled,
         active, waiting, resolved_n, undone_n, visit AND group_name = lag(group_name, 2) OVER (PARTITION BY ticket, visit ORDER BY n) AS bounce
  FROM judged
), places AS (
  SELECT ticket, array_agg(state ORDER BY state, status, sub_status) AS states,
         array_agg(status ORDER BY state, status, sub_status) AS statuses,
         array_agg(sub_status ORDER BY state, status, sub_status) AS sub_statuses,
         array_agg(events ORDER BY state, status, sub_status) AS state_events
  FROM (SELECT ticket, state COLLATE "C" AS state, status COLLATE "C" AS status, sub_status COLLATE "C" AS sub_status, count(*)::int AS events
        FROM judged GROUP BY 1, 2, 3, 4) AS p
  GROUP BY ticket
), summed AS (
  SELECT ticket, min(at) AS first_at, max(at) AS last_at, count(*)::int AS events,
         (count(*) FILTER (WHERE irregular))::int AS irregular,
         greatest(count(*) FILTER (WHERE visit) - 1, 0)::int AS handovers,
         (count(*) FILTER (WHERE bounce))::int AS bounces,
         (array_agg(line ORDER BY n) FILTER (WHERE line IS NOT NULL))[1] AS first_line,
         max(line) AS max_line,
         coalesce(bit_or(1 << line::int), 0) AS lines,
         coalesce(min(n) FILTER (WHERE settled) < max(n) FILTER (WHERE active), false) AS reopened_strict,
         coalesce(min(n) FILTER (WHERE done) < max(n) FILTER (WHERE active), false) AS reopened_loose,
         max(state) FILTER (WHERE n = total) AS state,
         max(group_name) FILTER (WHERE n = total) AS group_name,
         (array_agg(owner) FILTER (WHERE n = resolved_n))[1] AS resolver,
         max(at) FILTER (WHERE n = resolved_n) AS resolved_at,
         min(at) FILTER (WHERE active AND n > resolved_n) AS reopened_at,
         min(at) FILTER (WHERE done AND n > coalesce(undone_n, 0)) AS done_since,
         coalesce(array_agg(state ORDER BY n) FILTER (WHERE waiting), '{}') AS wait_states,
         coalesce(array_agg(status ORDER BY n) FILTER (WHERE waiting), '{}') AS wait_statuses,
         coalesce(array_agg(sub_status ORDER BY n) FILTER (WHERE waiting), '{}') AS wait_sub_statuses,
         coalesce(array_agg(extract(epoch FROM until - at)::float8 ORDER BY n) FILTER (WHERE waiting), '{}') AS wait_seconds
  FROM visited GROUP BY ticket
), written AS (
  INSERT INTO ticket_summary{n} (ticket, kind, priority, application, first_at, last_at, throughput_seconds, events, irregular,
    first_line, max_line, lines, handovers, bounces, reopened_strict, reopened_loose, state, group_name, resolver, resolved_at,
    reopened_at, reopened_after_days, done_since, contacts, later_contacts, resolution_base, first_level,
    states, statuses, sub_statuses, state_events, wait_states, wait_statuses, wait_sub_statuses, wait_seconds)
  SELECT s.ticket, t.kind, t.priority, t.application, s.first_at, s.last_at, extract(epoch FROM s.last_at - s.first_at)::float8, s.events, s.irregular,
    s.first_line, s.max_line, s.lines, s.handovers, s.bounces, s.reopened_strict, s.reopened_loose, s.state, s.group_name, s.resolver, s.resolved_at,
    s.reopened_at, NULL, s.done_since, c.contacts, c.later,
    s.state IN ('resolved', 'closed') AND NOT t.direct_to_n3,
    s.state IN ('resolved', 'closed') AND s.max_line IS NOT DISTINCT FROM 1,
    p.states, p.statuses, p.sub_statuses, p.state_events, s.wait_states, s.wait_statuses, s.wait_sub_statuses, s.wait_seconds
  FROM summed AS s
  JOIN ticket{n} AS t ON t.ticket = s.ticket
  JOIN places AS p ON p.ticket = s.ticket
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
)
SELECT ticket, resolved_at, reopened_at FROM written WHERE resolved_at IS NOT NULL AND reopened_at IS NOT NULL

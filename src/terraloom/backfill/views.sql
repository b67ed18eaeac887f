-- campaigns --
-- Each campaign with the states of its jobs; how many ended in the past minutes, and of what the others wait.
WITH paused AS MATERIALIZED (
    SELECT array_agg(name) FILTER (WHERE what = 'kind') AS kinds,
           array_agg(name) FILTER (WHERE what = 'host') AS hosts FROM backfill_pauses
)
SELECT c.id, c.kind, c.source, c.series, lower(c.span) AS start, upper(c.span) AS "end", c.parameters,
       c.step_s, c.priority, c.created_at, j.*
  FROM backfill_campaigns c,
       LATERAL (SELECT count(*) AS jobs, count(*) FILTER (WHERE state = 'pending') AS pending,
                       count(*) FILTER (WHERE state = 'running') AS running,
                       count(*) FILTER (WHERE state = 'done') AS done,
                       count(*) FILTER (WHERE state = 'failed') AS failed,
                       count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
                       coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(bytes), 0)::bigint AS bytes,
                       count(*) FILTER (WHERE ended_at > clock_timestamp() - %(lately)s::interval
                                          AND state IN ('done', 'failed')) AS lately,
                       min(ended_at) FILTER (WHERE ended_at > clock_timestamp() - %(lately)s::interval)
                           AS lately_from,
                       max(ended_at) AS last_ended_at, count(DISTINCT host) AS hosts,
                       count(*) FILTER (WHERE state = 'pending' AND (kind = ANY (paused.kinds)
                                                                     OR host = ANY (paused.hosts))) AS paused
                  FROM backfill_jobs, paused WHERE campaign = c.id) AS j
 WHERE %(id)s::uuid IS NULL OR c.id = %(id)s
 ORDER BY (j.pending + j.running > 0) DESC, c.created_at DESC, c.id

-- jobs --
SELECT id, campaign, parent, kind, source, series, host, lower(span) AS start, upper(span) AS "end", priority,
       state, attempts, failures, due_at, handed_at, ended_at, payloads, rows, bytes, duration_s, says
  FROM backfill_jobs
 WHERE (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(campaign)s::uuid IS NULL OR campaign = %(campaign)s)
 ORDER BY ended_at DESC NULLS LAST, seq LIMIT %(limit)s

-- reasons --
-- Why jobs have failed, each trouble once.
SELECT reason, count(*) AS jobs, (array_agg(id ORDER BY ended_at DESC))[1] AS example,
       (array_agg(says ORDER BY ended_at DESC))[1] AS says, max(ended_at) AS last
  FROM backfill_jobs
 WHERE state = 'failed' AND (%(campaign)s::uuid IS NULL OR campaign = %(campaign)s)
 GROUP BY reason ORDER BY jobs DESC, reason LIMIT %(limit)s

-- calendar --
-- Windows by the day, month or year in which they begin.
SELECT date_trunc(%(unit)s, lower(span), 'UTC') AS start, count(*) AS jobs,
       count(*) FILTER (WHERE state = 'done') AS done, count(*) FILTER (WHERE state = 'failed') AS failed,
       count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE state = 'running') AS running, coalesce(sum(rows), 0)::bigint AS rows
  FROM backfill_jobs WHERE campaign = %(campaign)s AND span IS NOT NULL GROUP BY 1 ORDER BY 1

-- job --
SELECT id, campaign, parent, kind, source, series, host, lower(span) AS start, upper(span) AS "end",
       parameters, priority, state, attempts, failures, due_at, handed_at, ended_at, payloads, rows, bytes,
       duration_s, says,
       ARRAY(SELECT what || ' ' || name FROM backfill_pauses
              WHERE (what, name) IN (('kind', kind), ('host', host)) ORDER BY what) AS paused,
       ARRAY(SELECT c.id FROM backfill_jobs c WHERE c.parent = j.id ORDER BY c.seq) AS children
  FROM backfill_jobs j WHERE id = %(id)s

-- attempts --
-- Each attempt at a job, with what became of its payloads.
SELECT attempt, outcome, says, worker, handed_at, ended_at, duration_s, rows, bytes, payloads
  FROM backfill_attempts WHERE job = %(id)s ORDER BY attempt

-- payloads --
SELECT p.id, p.url, p.status, p.bytes, p.fetched_at, p.applied_seq, i.records, i.rejected, i.duplicate, i.stale
  FROM payloads p LEFT JOIN ingests i ON i.payload_id = p.id
 WHERE p.id = ANY (%(ids)s) ORDER BY p.seq

-- before --
-- How many jobs of the host go before this one.
SELECT count(*) FROM backfill_jobs o, backfill_jobs j
 WHERE j.id = %(id)s AND o.state = 'pending' AND o.host = j.host AND (o.priority, o.seq) < (j.priority, j.seq)

-- find --
SELECT id FROM backfill_jobs WHERE id::text LIKE %(prefix)s ORDER BY id LIMIT 2

-- find_campaign --
SELECT id FROM backfill_campaigns WHERE id::text LIKE %(prefix)s ORDER BY id LIMIT 2

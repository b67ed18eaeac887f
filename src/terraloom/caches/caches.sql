-- changed_days --
-- A table of its own, since it holds a dozen days or all of decades: the plan of what follows must know which.
CREATE TEMPORARY TABLE IF NOT EXISTS changed_days (metric text, start timestamptz) ON COMMIT DELETE ROWS

-- take_changed_days --
WITH taken AS (DELETE FROM dirty_days RETURNING metric, start)
INSERT INTO changed_days SELECT DISTINCT metric, start FROM taken

-- know_changed_days --
ANALYZE changed_days

-- bring_days_up_to_date --
WITH counted AS (
    SELECT days.metric, days.start, sum(d.n) AS n, count(*) AS stations, min(d.min) AS min, max(d.max) AS max,
           CASE m.aggregate
               WHEN 'sum' THEN sum(d.sum ORDER BY d.series)
               WHEN 'max' THEN max(d.max)
               WHEN 'min' THEN min(d.min)
               WHEN 'last' THEN avg(d.last ORDER BY d.series)
               ELSE sum(d.sum ORDER BY d.series) / sum(d.n)
           END AS value
    FROM changed_days days
    JOIN metrics m ON m.id = days.metric
    JOIN series s ON s.metric = days.metric
    JOIN observations_daily d ON d.series = s.id AND d.start = days.start AND d.n > 0
    GROUP BY days.metric, days.start, m.aggregate
),
gone AS (
    DELETE FROM metric_days k USING changed_days days
    WHERE k.metric = days.metric AND k.start = days.start
      AND NOT EXISTS (SELECT 1 FROM counted c WHERE c.metric = k.metric AND c.start = k.start)
    RETURNING k.metric
),
made AS (
    INSERT INTO metric_days (metric, start, n, stations, value, min, max)
    SELECT metric, start, n, stations, value, min, max FROM counted
    ON CONFLICT (metric, start) DO UPDATE SET n = excluded.n, stations = excluded.stations,
        value = excluded.value, min = excluded.min, max = excluded.max
    RETURNING metric
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM made)

-- metric_days --
SELECT metric, (start AT TIME ZONE 'UTC')::date, value, stations FROM metric_days
WHERE start >= %(first)s AND start < %(end)s ORDER BY metric, start

-- current_events --
SELECT count(*) FROM disaster_events WHERE state = 'current'

-- stats --
SELECT (SELECT count(*) FROM disaster_events WHERE state = 'current') AS events,
       (SELECT count(*) FROM disaster_events WHERE state = 'retracted') AS retracted,
       (SELECT count(*) FROM disaster_events WHERE state = 'merged') AS merged,
       (SELECT count(*) FROM source_events) AS reports,
       (SELECT coalesce(sum(n + flagged), 0)::bigint FROM series) AS observations,
       (SELECT coalesce(sum(flagged), 0)::bigint FROM series) AS flagged,
       (SELECT coalesce(sum(revisions), 0)::bigint FROM series) AS revisions,
       (SELECT count(*) FROM series) AS series,
       (SELECT count(DISTINCT metric) FROM series) AS metrics,
       (SELECT count(*) FROM stations) AS stations,
       (SELECT count(DISTINCT source) FROM source_days) AS sources,
       (SELECT coalesce(sum(payloads), 0)::bigint FROM source_days) AS payloads,
       (SELECT coalesce(sum(bytes), 0)::bigint FROM source_days) AS bytes,
       (SELECT coalesce(sum(records), 0)::bigint FROM source_days) AS records,
       (SELECT coalesce(sum(rejected), 0)::bigint FROM source_days) AS rejected,
       (SELECT min(first_time) FROM series) AS first_value,
       (SELECT max(last_time) FROM series WHERE last_time <= %(now)s) AS last_value

-- events_by_type --
SELECT event_type, count(*) FROM disaster_events WHERE state = 'current' GROUP BY event_type ORDER BY event_type

-- values_by_field --
SELECT m.field, sum(s.n + s.flagged)::bigint, count(*)
FROM series s JOIN metrics m ON m.id = s.metric GROUP BY m.field ORDER BY m.field

-- source_days --
SELECT source, day, payloads, bytes, records, rejected, created, observed, revised FROM source_days
WHERE day > %(since)s ORDER BY source, day

-- source_totals --
SELECT source, sum(payloads)::bigint AS payloads, sum(bytes)::bigint AS bytes, sum(records)::bigint AS records,
       sum(rejected)::bigint AS rejected, sum(created)::bigint AS created, sum(observed)::bigint AS observed,
       sum(revised)::bigint AS revised, min(day) AS first_day, max(day) AS last_day
FROM source_days GROUP BY source ORDER BY source

-- graph_series --
SELECT metric, station, source, n FROM series WHERE n > 0 ORDER BY metric, n DESC, station

-- graph_stations --
SELECT id, title, lon, lat, kind FROM stations WHERE id = ANY (%(ids)s) ORDER BY id

-- graph_events --
SELECT e.id::text, e.event_type, e.title, e.onset, e.lon, e.lat, e.severity_level,
       array(SELECT DISTINCT r.source FROM source_events s
             JOIN normalized_event_records r ON r.agency = s.agency AND r.canonical_id = s.canonical_id
             WHERE s.event_id = e.id ORDER BY 1) AS sources
FROM disaster_events e WHERE e.state = 'current' ORDER BY e.onset DESC, e.id LIMIT %(events)s

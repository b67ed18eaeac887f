-- known --
-- What is known of some series, locked in one order until the transaction ends, and the payload that writes.
SELECT id, first_time, last_time FROM series WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE

-- new_series --
INSERT INTO series (id, metric, station, source, n, flagged, withdrawn, revisions)
SELECT id, metric, station, %(source)s, 0, 0, 0, 0
FROM unnest(%(ids)s::bigint[], %(metrics)s::text[], %(stations)s::text[]) AS new (id, metric, station)
ORDER BY id
ON CONFLICT DO NOTHING

-- stations --
INSERT INTO stations AS s (id, agency, title, lon, lat, elevation_m, kind, payload)
SELECT id, split_part(id, '/', 1), title, lon, lat, elevation_m, kind, %(payload)s
FROM unnest(%(id)s::text[], %(title)s::text[], %(lon)s::float8[], %(lat)s::float8[], %(elevation_m)s::float8[],
            %(kind)s::text[]) AS new (id, title, lon, lat, elevation_m, kind)
ORDER BY id
ON CONFLICT (id) DO UPDATE SET title = excluded.title, lon = excluded.lon, lat = excluded.lat,
    elevation_m = excluded.elevation_m, kind = excluded.kind, payload = excluded.payload
WHERE (s.title, s.lon, s.lat, s.elevation_m, s.kind)
      IS DISTINCT FROM (excluded.title, excluded.lon, excluded.lat, excluded.elevation_m, excluded.kind)
  AND NOT EXISTS (SELECT FROM payloads WHERE seq = s.payload AND fetched_at > %(fetched_at)s)

-- nameless_stations --
-- Stations that only their values speak of: described by no payload (0), so that any later word holds.
INSERT INTO stations (id, agency, title, kind, payload)
SELECT id, split_part(id, '/', 1), '', 'fixed', 0 FROM unnest(%(id)s::text[]) AS new (id) ORDER BY id
ON CONFLICT DO NOTHING

-- staging --
CREATE TEMPORARY TABLE IF NOT EXISTS late (
    series bigint, time timestamptz, payload bigint, value double precision, lon double precision,
    lat double precision, flag smallint, revision smallint
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS judged (
    LIKE late, old_payload bigint, old_value double precision, old_lon double precision,
    old_lat double precision, old_flag smallint, what text
) ON COMMIT DELETE ROWS;
TRUNCATE late, judged

-- judge --
-- Each late value beside what stands: new, the same, a revision, or outdated (said before what stands). Operators
-- are never outdated, and what they have withdrawn stays so: whatever a source repeats counts as the same.
INSERT INTO judged
SELECT l.series, l.time, l.payload, l.value, l.lon, l.lat, l.flag, coalesce(o.revision, 0),
       o.payload, o.value, o.lon, o.lat, o.flag,
       CASE WHEN o.series IS NULL THEN CASE WHEN l.value IS NULL THEN 'nothing' ELSE 'new' END
            WHEN (l.value, l.flag, l.lon, l.lat) IS NOT DISTINCT FROM (o.value, o.flag, o.lon, o.lat) THEN 'same'
            WHEN %(operator)s THEN 'revised'
            WHEN o.flag = 4 AND (SELECT p.source FROM payloads p WHERE p.seq = o.payload) = 'operator' THEN 'same'
            WHEN (SELECT p.fetched_at FROM payloads p WHERE p.seq = o.payload) > %(fetched_at)s THEN 'outdated'
            ELSE 'revised' END
FROM late l
LEFT JOIN LATERAL (
    SELECT * FROM observations x
    WHERE x.series = l.series AND x.time = l.time AND x.time BETWEEN %(first)s AND %(last)s
    LIMIT 1
) o ON true

-- keep_versions --
INSERT INTO observation_revisions (series, time, revision, payload, value, lon, lat, flag)
SELECT series, time, revision,
       CASE what WHEN 'revised' THEN old_payload ELSE payload END,
       CASE what WHEN 'revised' THEN old_value ELSE value END,
       CASE what WHEN 'revised' THEN old_lon ELSE lon END,
       CASE what WHEN 'revised' THEN old_lat ELSE lat END,
       CASE what WHEN 'revised' THEN old_flag ELSE flag END
FROM judged WHERE what IN ('revised', 'outdated')

-- add_late --
INSERT INTO observations (series, time, payload, value, lon, lat, flag, revision)
SELECT series, time, payload, value, lon, lat, flag, 0 FROM judged WHERE what = 'new'

-- revise --
UPDATE observations o
SET payload = CASE what WHEN 'revised' THEN j.payload ELSE o.payload END,
    value = CASE what WHEN 'revised' THEN j.value ELSE o.value END,
    lon = CASE what WHEN 'revised' THEN j.lon ELSE o.lon END,
    lat = CASE what WHEN 'revised' THEN j.lat ELSE o.lat END,
    flag = CASE what WHEN 'revised' THEN j.flag ELSE o.flag END,
    revision = o.revision + 1
FROM judged j
WHERE j.what IN ('revised', 'outdated') AND o.series = j.series AND o.time = j.time
  AND o.time BETWEEN %(first)s AND %(last)s

-- outcome --
SELECT count(*) FILTER (WHERE what = 'new'), count(*) FILTER (WHERE what IN ('revised', 'outdated')),
       count(*) FILTER (WHERE what = 'revised' AND value IS NULL),
       count(*) FILTER (WHERE what IN ('same', 'nothing')),
       count(*) FILTER (WHERE what IN ('new', 'revised') AND flag NOT IN (0, 4))
FROM judged

-- recount_hours --
-- The hours that late values fall into, made again from all their values.
INSERT INTO observations_hourly (series, start, n, flagged, sum, min, max, last)
SELECT h.series, h.start, r.* FROM (
    SELECT DISTINCT j.series, date_trunc('hour', j.time, 'UTC') AS start
    FROM judged j JOIN series s ON s.id = j.series JOIN metrics m ON m.id = s.metric AND m.hourly
    WHERE what IN ('new', 'revised')
) h CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE flag = 0), count(*) FILTER (WHERE flag NOT IN (0, 4)),
           sum(value ORDER BY time) FILTER (WHERE flag = 0), min(value) FILTER (WHERE flag = 0),
           max(value) FILTER (WHERE flag = 0), (array_agg(value ORDER BY time DESC) FILTER (WHERE flag = 0))[1]
    FROM observations o
    WHERE o.series = h.series AND o.time >= h.start AND o.time < h.start + interval '1 hour'
      AND o.time >= %(first)s::timestamptz - interval '24 hours' AND o.time <= %(last)s::timestamptz + interval '24 hours'
) r
ON CONFLICT (series, start) DO UPDATE SET n = excluded.n, flagged = excluded.flagged, sum = excluded.sum,
    min = excluded.min, max = excluded.max, last = excluded.last

-- recount_days --
INSERT INTO observations_daily (series, start, n, flagged, sum, min, max, last)
SELECT d.series, d.start, r.* FROM (
    SELECT DISTINCT series, date_trunc('day', time, 'UTC') AS start FROM judged WHERE what IN ('new', 'revised')
) d CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE flag = 0), count(*) FILTER (WHERE flag NOT IN (0, 4)),
           sum(value ORDER BY time) FILTER (WHERE flag = 0), min(value) FILTER (WHERE flag = 0),
           max(value) FILTER (WHERE flag = 0), (array_agg(value ORDER BY time DESC) FILTER (WHERE flag = 0))[1]
    FROM observations o
    WHERE o.series = d.series AND o.time >= d.start AND o.time < d.start + interval '24 hours'
      AND o.time >= %(first)s::timestamptz - interval '24 hours' AND o.time <= %(last)s::timestamptz + interval '24 hours'
) r
ON CONFLICT (series, start) DO UPDATE SET n = excluded.n, flagged = excluded.flagged, sum = excluded.sum,
    min = excluded.min, max = excluded.max, last = excluded.last

-- count_late --
-- What late values change in what is known of their series. Its newest good value is the last of its newest day.
UPDATE series s
SET n = s.n + c.n, flagged = s.flagged + c.flagged, withdrawn = s.withdrawn + c.withdrawn,
    revisions = s.revisions + c.revisions,
    first_time = least(s.first_time, c.first_time), last_time = greatest(s.last_time, c.last_time)
FROM (
    SELECT series,
           count(*) FILTER (WHERE what <> 'outdated' AND flag = 0)
               - count(*) FILTER (WHERE what = 'revised' AND old_flag = 0) AS n,
           count(*) FILTER (WHERE what <> 'outdated' AND flag NOT IN (0, 4))
               - count(*) FILTER (WHERE what = 'revised' AND old_flag NOT IN (0, 4)) AS flagged,
           count(*) FILTER (WHERE what <> 'outdated' AND flag = 4)
               - count(*) FILTER (WHERE what = 'revised' AND old_flag = 4) AS withdrawn,
           count(*) FILTER (WHERE what <> 'new') AS revisions, min(time) AS first_time, max(time) AS last_time
    FROM judged WHERE what IN ('new', 'revised', 'outdated') GROUP BY series
) c
WHERE s.id = c.series

-- newest_of_late --
-- Gives the newest day of each series, and whether its values are in a cold file: then they are not found here.
UPDATE series s SET last_good = g.time, last_value = g.value
FROM (SELECT DISTINCT series FROM judged WHERE what IN ('new', 'revised')) j
LEFT JOIN LATERAL (
    SELECT d.start FROM observations_daily d WHERE d.series = j.series AND d.n > 0 ORDER BY d.start DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT o.time, o.value FROM observations o
    WHERE o.series = j.series AND o.flag = 0 AND o.time >= d.start AND o.time < d.start + interval '24 hours'
    ORDER BY o.time DESC LIMIT 1
) g ON true
WHERE s.id = j.series
RETURNING s.id, s.metric, s.station, d.start, d.start IS NOT NULL AND g.time IS NULL

-- newest_in_file --
UPDATE series SET last_good = %(time)s, last_value = %(value)s WHERE id = %(series)s

-- late_days --
INSERT INTO dirty_days (metric, start)
SELECT DISTINCT s.metric, date_trunc('day', j.time, 'UTC') FROM judged j JOIN series s ON s.id = j.series
WHERE what IN ('new', 'revised')

-- count_fresh --
UPDATE series s
SET n = s.n + c.n, flagged = s.flagged + c.flagged, withdrawn = s.withdrawn + c.withdrawn,
    first_time = least(s.first_time, c.first_time), last_time = greatest(s.last_time, c.last_time),
    last_good = CASE WHEN c.last_good > s.last_good OR s.last_good IS NULL THEN c.last_good ELSE s.last_good END,
    last_value = CASE WHEN c.last_good > s.last_good OR s.last_good IS NULL THEN c.last_value
                      ELSE s.last_value END
FROM unnest(%(id)s::bigint[], %(n)s::bigint[], %(flagged)s::bigint[], %(withdrawn)s::bigint[],
            %(first_time)s::timestamptz[], %(last_time)s::timestamptz[], %(last_good)s::timestamptz[],
            %(last_value)s::float8[])
     AS c (id, n, flagged, withdrawn, first_time, last_time, last_good, last_value)
WHERE s.id = c.id

-- fresh_days --
INSERT INTO dirty_days (metric, start) SELECT * FROM unnest(%(metric)s::text[], %(start)s::timestamptz[])

-- hours_before --
SELECT series, start, n, flagged, sum, min, max, last FROM observations_hourly
JOIN unnest(%(series)s::bigint[], %(start)s::timestamptz[]) AS wanted (series, start) USING (series, start)
ORDER BY series, start

-- days_before --
SELECT series, start, n, flagged, sum, min, max, last FROM observations_daily
JOIN unnest(%(series)s::bigint[], %(start)s::timestamptz[]) AS wanted (series, start) USING (series, start)
ORDER BY series, start

-- unknown_metric --
SELECT name FROM unnest(%(names)s::text[]) AS asked (name)
WHERE NOT EXISTS (SELECT FROM metrics WHERE id = name) LIMIT 1

-- unknown_station --
SELECT name FROM unnest(%(names)s::text[]) AS asked (name)
WHERE NOT EXISTS (SELECT FROM stations WHERE id = name) LIMIT 1

-- series --
-- Series that may hold wanted values, from the cursor on. One that moves may have been anywhere.
SELECT s.id, s.metric, s.station, m.unit, m.aggregate, m.hourly, p.lon, p.lat,
       s.n + s.flagged + s.withdrawn AS rows, s.first_time, s.last_time
  FROM series s
  JOIN metrics m ON m.id = s.metric
  JOIN stations p ON p.id = s.station
 WHERE s.first_time IS NOT NULL
   AND (%(metrics)s::text[] IS NULL OR s.metric = ANY (%(metrics)s))
   AND (%(stations)s::text[] IS NULL OR s.station = ANY (%(stations)s))
   AND (%(since)s::timestamptz IS NULL OR s.last_time >= %(since)s)
   AND (%(began_before)s::timestamptz IS NULL OR s.first_time < %(began_before)s)
   AND (%(west)s::float8 IS NULL
        OR CASE WHEN p.lon IS NULL OR p.kind IN ('mobile', 'spacecraft', 'object')
                THEN %(moving)s AND p.kind NOT IN ('planet', 'region')
                ELSE p.lat BETWEEN %(south)s AND %(north)s
                     AND CASE WHEN %(west)s <= %(east)s THEN p.lon BETWEEN %(west)s AND %(east)s
                              ELSE p.lon >= %(west)s OR p.lon <= %(east)s END END)
   AND (%(metric)s::text IS NULL
        OR s.metric COLLATE "C" > %(metric)s
        OR (s.metric = %(metric)s
            AND (s.station COLLATE "C" > %(station)s OR (s.station = %(station)s AND NOT %(whole)s))))
 ORDER BY s.metric COLLATE "C", s.station COLLATE "C"
 LIMIT %(limit)s

-- values --
-- The first values of some series, each between two times, in the order given. Packed for `bulk.read`.
SELECT string_agg(int8send(n) || timestamptz_send(time) || int8send(payload) || float8send(coalesce(value, 'NaN'))
                  || float8send(coalesce(lon, 'NaN')) || float8send(coalesce(lat, 'NaN'))
                  || int2send(flag) || int2send(revision), '')
  FROM (
    SELECT w.n - 1 AS n, o.*
      FROM unnest(%(series)s::bigint[], %(lo)s::timestamptz[], %(hi)s::timestamptz[])
           WITH ORDINALITY AS w (series, lo, hi, n)
     CROSS JOIN LATERAL (
        SELECT time, payload, value, lon, lat, flag, revision FROM observations o
         WHERE o.series = w.series AND o.time BETWEEN w.lo AND w.hi
           AND o.time BETWEEN %(first)s AND %(last)s  -- spares the plan the other partitions
         ORDER BY o.time LIMIT %(limit)s) o
     ORDER BY w.n, o.time
     LIMIT %(limit)s) packed

-- hours --
-- The same of hours.
SELECT string_agg(int8send(n) || timestamptz_send(start) || int4send(values) || int4send(flagged)
                  || float8send(sum) || float8send(min) || float8send(max) || float8send(last), '')
  FROM (
    SELECT w.n - 1 AS n, o.*
      FROM unnest(%(series)s::bigint[], %(lo)s::timestamptz[], %(hi)s::timestamptz[])
           WITH ORDINALITY AS w (series, lo, hi, n)
     CROSS JOIN LATERAL (
        SELECT start, n AS values, flagged, sum, min, max, last FROM observations_hourly o
         WHERE o.series = w.series AND o.start BETWEEN w.lo AND w.hi AND o.n > 0
         ORDER BY o.start LIMIT %(limit)s) o
     ORDER BY w.n, o.start
     LIMIT %(limit)s) packed

-- days --
-- The same of days.
SELECT string_agg(int8send(n) || timestamptz_send(start) || int4send(values) || int4send(flagged)
                  || float8send(sum) || float8send(min) || float8send(max) || float8send(last), '')
  FROM (
    SELECT w.n - 1 AS n, o.*
      FROM unnest(%(series)s::bigint[], %(lo)s::timestamptz[], %(hi)s::timestamptz[])
           WITH ORDINALITY AS w (series, lo, hi, n)
     CROSS JOIN LATERAL (
        SELECT start, n AS values, flagged, sum, min, max, last FROM observations_daily o
         WHERE o.series = w.series AND o.start BETWEEN w.lo AND w.hi AND o.n > 0
         ORDER BY o.start LIMIT %(limit)s) o
     ORDER BY w.n, o.start
     LIMIT %(limit)s) packed

-- metrics --
-- What there is of each metric that was ever measured: sums over its series.
SELECT m.id, m.title, m.unit, m.field, m.aggregate, m.hourly, m.low, m.high, m.cf_standard_name, m.description,
       coalesce(t.n, 0) AS n, coalesce(t.flagged, 0) AS flagged, coalesce(t.withdrawn, 0) AS withdrawn,
       coalesce(t.revisions, 0) AS revisions, coalesce(t.stations, 0) AS stations,
       coalesce(t.sources, '{}') AS sources, t.first_time, t.last_time,
       b.station AS newest_station, b.last_good AS newest_time, b.last_value AS newest_value
  FROM metrics m
  LEFT JOIN (
    SELECT metric, sum(n)::bigint AS n, sum(flagged)::bigint AS flagged, sum(withdrawn)::bigint AS withdrawn,
           sum(revisions)::bigint AS revisions, count(*) AS stations, min(first_time) AS first_time,
           max(last_time) AS last_time, array_agg(DISTINCT source ORDER BY source) AS sources
      FROM series
     WHERE %(id)s::text IS NULL OR metric = %(id)s
     GROUP BY metric) t ON t.metric = m.id
  LEFT JOIN LATERAL (
    SELECT station, last_good, last_value FROM series
     WHERE metric = m.id AND last_good IS NOT NULL
     ORDER BY last_good DESC, station LIMIT 1) b ON true
 WHERE %(id)s::text IS NULL OR m.id = %(id)s
 ORDER BY m.id COLLATE "C"

-- stations_page --
-- Stations by id, from the cursor on.
SELECT p.id, p.agency, p.title, p.lon, p.lat, p.elevation_m, p.kind
  FROM stations p
 WHERE (%(after)s::text IS NULL OR p.id COLLATE "C" > %(after)s)
   AND (%(ids)s::text[] IS NULL OR p.id = ANY (%(ids)s))
   AND (%(agencies)s::text[] IS NULL OR p.agency = ANY (%(agencies)s))
   AND (%(kinds)s::text[] IS NULL OR p.kind = ANY (%(kinds)s))
   AND (%(metrics)s::text[] IS NULL
        OR EXISTS (SELECT FROM series s WHERE s.station = p.id AND s.metric = ANY (%(metrics)s)))
   AND (%(west)s::float8 IS NULL
        OR (p.lat BETWEEN %(south)s AND %(north)s
            AND CASE WHEN %(west)s <= %(east)s THEN p.lon BETWEEN %(west)s AND %(east)s
                     ELSE p.lon >= %(west)s OR p.lon <= %(east)s END))
   AND (%(pattern)s::text IS NULL OR p.id ILIKE %(pattern)s OR p.title ILIKE %(pattern)s)
 ORDER BY p.id COLLATE "C"
 LIMIT %(limit)s

-- series_of_stations --
SELECT s.metric, s.station, m.unit, s.source, s.n, s.flagged, s.withdrawn, s.revisions, s.first_time, s.last_time,
       s.last_good, s.last_value
  FROM series s
  JOIN metrics m ON m.id = s.metric
 WHERE s.station = ANY (%(stations)s) AND (%(metric)s::text IS NULL OR s.metric = %(metric)s)
 ORDER BY s.station COLLATE "C", s.metric COLLATE "C"

-- revised --
-- Values of a series that were said more than once, newest first.
SELECT time, count(*) + 1 AS versions FROM observation_revisions
 WHERE series = %(series)s
 GROUP BY time ORDER BY time DESC LIMIT %(limit)s

-- earlier_versions --
SELECT revision, payload, value, lon, lat, flag FROM observation_revisions
 WHERE series = %(series)s AND time = %(time)s

-- said_by --
SELECT seq, id::text AS payload_id, source, url, fetched_at FROM payloads WHERE seq = ANY (%(payloads)s)

-- metric_days --
-- Every day of a metric, over all its stations.
SELECT extract(epoch FROM start)::bigint AS time, value, min, max, n, stations
  FROM metric_days WHERE metric = %(metric)s ORDER BY start

-- newest --
-- The newest good value at each station of a metric, the newest first. Those without a place are counted.
SELECT s.station AS id, p.title, p.kind, p.lon, p.lat, s.last_value AS value, s.last_good AS time, s.n,
       s.first_time, count(*) OVER () AS total, count(*) FILTER (WHERE p.lon IS NULL) OVER () AS placeless
  FROM series s JOIN stations p ON p.id = s.station
 WHERE s.metric = %(metric)s AND s.last_good IS NOT NULL
 ORDER BY (p.lon IS NULL), s.last_good DESC, s.station
 LIMIT %(limit)s

-- stations_of_metric --
-- Those with most values, for the list on the metric's page.
SELECT s.station AS id, p.title, p.kind, p.lon, p.lat, s.last_value AS value, s.last_good AS time, s.n, s.flagged,
       s.revisions, s.first_time, s.source
  FROM series s JOIN stations p ON p.id = s.station
 WHERE s.metric = %(metric)s
   AND (%(pattern)s::text IS NULL OR p.title ILIKE %(pattern)s OR p.id ILIKE %(pattern)s)
 ORDER BY s.n DESC, s.station
 LIMIT %(limit)s

-- layers --
-- Metrics that can stand on a map: how many stations with a place have a value.
SELECT s.metric, count(*) AS stations
  FROM series s JOIN stations p ON p.id = s.station
 WHERE p.lon IS NOT NULL AND s.last_good IS NOT NULL
 GROUP BY s.metric ORDER BY s.metric

-- recent_changes --
-- What the outbox says since a moment; at most `limit` of the newest rows are looked at.
SELECT change, at, event_id
  FROM (SELECT seq, change, at, event_id FROM outbox ORDER BY seq DESC LIMIT %(limit)s) newest
 WHERE at > %(since)s AND at <= %(now)s
 ORDER BY seq DESC

-- recent_values --
-- What came in since a moment, by source: through the index of each source's payloads.
SELECT d.source, sum(i.observed)::bigint AS observed, sum(i.revised)::bigint AS revised,
       sum(i.records)::bigint AS records
  FROM (SELECT DISTINCT source FROM source_days WHERE day >= %(since)s::date) d
  JOIN payloads p ON p.source = d.source AND p.fetched_at > %(since)s AND p.fetched_at <= %(now)s
  JOIN ingests i ON i.payload_id = p.id
 GROUP BY d.source ORDER BY 2 DESC, 1

-- strong_events --
-- What stands out over a span: M >= 6.5, orange or red; the strongest first.
SELECT e.id, e.event_type, e.title, e.onset, e.magnitude, coalesce(e.severity_level, s.alert) AS alert
  FROM disaster_events e LEFT JOIN severity_scores s ON s.event_id = e.id
 WHERE e.state = 'current' AND e.onset >= %(since)s AND e.onset < %(until)s
   AND (e.magnitude >= 6.5 OR coalesce(e.severity_level, s.alert) IN ('ORANGE', 'RED'))
 ORDER BY coalesce(e.severity_level, s.alert) = 'RED' DESC NULLS LAST, e.magnitude DESC NULLS LAST, e.onset DESC, e.id
 LIMIT %(limit)s

-- events_near --
-- Current events around a point, all time; the box spares most of the distances.
SELECT * FROM (
    SELECT e.id, e.event_type, e.title, e.onset, e.onset = '0001-01-01T00:00Z' AS before_calendar, e.magnitude,
           coalesce(e.severity_level, s.alert) AS alert, e.lon, e.lat,
           2 * %(earth)s * asin(least(1, sqrt(sin(radians(e.lat - %(lat)s) / 2) ^ 2
               + cos(radians(%(lat)s)) * cos(radians(e.lat)) * sin(radians(e.lon - %(lon)s) / 2) ^ 2))) AS distance_km
      FROM disaster_events e LEFT JOIN severity_scores s ON s.event_id = e.id
     WHERE e.state = 'current' AND e.lat BETWEEN %(south)s AND %(north)s) near
 WHERE distance_km <= %(radius_km)s
 ORDER BY distance_km, id

-- stations_near --
SELECT * FROM (
    SELECT p.id, p.title, p.kind, p.lon, p.lat,
           2 * %(earth)s * asin(least(1, sqrt(sin(radians(p.lat - %(lat)s) / 2) ^ 2
               + cos(radians(%(lat)s)) * cos(radians(p.lat)) * sin(radians(p.lon - %(lon)s) / 2) ^ 2))) AS distance_km
      FROM stations p WHERE p.lat BETWEEN %(south)s AND %(north)s) near
 WHERE distance_km <= %(radius_km)s
 ORDER BY distance_km, id

-- newest_of_stations --
SELECT station, metric, last_value AS value, last_good AS time FROM series
 WHERE station = ANY (%(stations)s) AND last_good IS NOT NULL ORDER BY station, metric

-- days_of_station --
-- The past days of every series of a station, for its sparklines.
SELECT s.metric, extract(epoch FROM d.start)::bigint AS time,
       CASE m.aggregate WHEN 'sum' THEN d.sum WHEN 'max' THEN d.max WHEN 'min' THEN d.min WHEN 'last' THEN d.last
            ELSE d.sum / d.n END AS value
  FROM series s JOIN metrics m ON m.id = s.metric
  JOIN observations_daily d ON d.series = s.id AND d.n > 0 AND d.start > s.last_good - make_interval(days => %(days)s)
 WHERE s.station = %(station)s ORDER BY s.metric, d.start

-- newest_payloads --
SELECT p.id, p.url, p.fetched_at, p.status, p.bytes, p.applied_seq IS NOT NULL AS applied, p.expired_at,
       i.records, i.rejected, i.created, i.observed, i.revised
  FROM payloads p LEFT JOIN ingests i ON i.payload_id = p.id
 WHERE p.source = %(source)s ORDER BY p.fetched_at DESC, p.id LIMIT %(limit)s

-- metrics_of_source --
-- What each metric holds that this source brought first.
SELECT metric, count(*) AS stations, sum(n)::bigint AS n, sum(flagged)::bigint AS flagged, max(last_time) AS last_time
  FROM series WHERE source = %(source)s GROUP BY metric ORDER BY metric

-- newest_values --
-- When the newest value of each source was measured; forecasts, which lie ahead, do not count.
SELECT source, max(last_time) AS last_time FROM series WHERE last_time <= %(now)s GROUP BY source

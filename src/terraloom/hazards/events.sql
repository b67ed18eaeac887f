-- refresh_events --
-- An event shows the fields of its best report: of a live one, of the feed with the best priority, the newest.
-- Severity is the highest that any live report's newest record states.
WITH reports AS (
    SELECT t.id, t.changed_seq, r.event_type, r.title, r.description, r.url, r.depth_km, r.onset, r.updated_at,
           r.valid_until, coalesce(r.lon, s.lon) AS lon, coalesce(r.lat, s.lat) AS lat,
           coalesce(r.magnitude, s.magnitude) AS magnitude, r.magnitude_type, r.status, r.geometry, s.retracted,
           r.priority, r.seq, s.seq AS founded_seq, s.agency, s.canonical_id,
           CASE WHEN NOT s.retracted
                THEN array_position('{GREEN,YELLOW,ORANGE,RED}', r.severity_level) END AS severity
    FROM unnest(%(event_id)s::uuid[], %(changed_seq)s::bigint[]) AS t (id, changed_seq)
    JOIN source_events s ON s.event_id = t.id
    JOIN normalized_event_records r
      ON r.agency = s.agency AND r.canonical_id = s.canonical_id AND NOT r.superseded
), summary AS (
    SELECT id, min(founded_seq) AS founded_seq, max(severity) AS severity,
           array_agg(DISTINCT agency ORDER BY agency) AS agencies,
           count(DISTINCT (agency, canonical_id)) AS reports
    FROM reports GROUP BY id
), best AS (
    SELECT DISTINCT ON (id) * FROM reports
    ORDER BY id, retracted, status = 'deleted', priority, updated_at DESC, seq DESC
)
INSERT INTO disaster_events AS e (
    id, founded_seq, state, merged_into, event_type, title, description, url, lon, lat, depth_km, onset,
    updated_at, valid_until, magnitude, magnitude_type, severity_level, status, agencies, reports, geometry,
    changed_seq
)
SELECT best.id, summary.founded_seq, CASE WHEN best.retracted THEN 'retracted' ELSE 'current' END, NULL,
       best.event_type, best.title, best.description, best.url, best.lon, best.lat, best.depth_km, best.onset,
       best.updated_at, best.valid_until, best.magnitude, best.magnitude_type,
       ('{GREEN,YELLOW,ORANGE,RED}'::text[])[summary.severity], best.status, summary.agencies, summary.reports,
       best.geometry, best.changed_seq
FROM best JOIN summary USING (id)
ON CONFLICT (id) DO UPDATE SET
    founded_seq = excluded.founded_seq, state = excluded.state, merged_into = NULL,
    event_type = excluded.event_type, title = excluded.title, description = excluded.description,
    url = excluded.url, lon = excluded.lon, lat = excluded.lat, depth_km = excluded.depth_km,
    onset = excluded.onset, updated_at = excluded.updated_at, valid_until = excluded.valid_until,
    magnitude = excluded.magnitude, magnitude_type = excluded.magnitude_type,
    severity_level = excluded.severity_level, status = excluded.status, agencies = excluded.agencies,
    reports = excluded.reports, geometry = excluded.geometry, changed_seq = excluded.changed_seq

-- unplaced --
-- Events of the batch whose place changed since their people were counted.
SELECT e.id, e.lon, e.lat
FROM disaster_events e
LEFT JOIN location_data l ON l.event_id = e.id
WHERE e.id = ANY(%(event_id)s::uuid[]) AND e.lon IS NOT NULL AND e.lat IS NOT NULL
  AND (l.event_id IS NULL OR l.lon <> e.lon OR l.lat <> e.lat)
ORDER BY e.id

-- merge_events --
-- An event without reports stays as a pointer to the one that took them over, and as nothing else: what it
-- showed is what its reports said, and they are there now. Its times are those of the merge.
INSERT INTO disaster_events AS e (
    id, founded_seq, state, merged_into, event_type, title, description, url, onset, updated_at,
    magnitude_type, status, agencies, reports, changed_seq
)
SELECT m.id, m.changed_seq, 'merged', m.merged_into, m.event_type, '', '', '', m.at, m.at, '', 'automatic', '{}', 0,
       m.changed_seq
FROM unnest(%(event_id)s::uuid[], %(merged_into)s::uuid[], %(event_type)s::text[], %(changed_seq)s::bigint[],
            %(at)s::timestamptz[]) AS m (id, merged_into, event_type, changed_seq, at)
WHERE NOT EXISTS (SELECT FROM source_events s WHERE s.event_id = m.id)
ON CONFLICT (id) DO UPDATE SET
    founded_seq = excluded.founded_seq, state = 'merged', merged_into = excluded.merged_into,
    event_type = excluded.event_type, title = '',
    description = '', url = '', lon = NULL, lat = NULL, depth_km = NULL, onset = excluded.onset,
    updated_at = excluded.updated_at, valid_until = NULL, magnitude = NULL, magnitude_type = '',
    severity_level = NULL, status = 'automatic', agencies = '{}', reports = 0, geometry = NULL,
    changed_seq = excluded.changed_seq
RETURNING id

-- forget_places --
DELETE FROM location_data WHERE event_id = ANY(%(event_id)s::uuid[])

-- absorb_aliases --
UPDATE event_id_aliases a SET canonical_id = b.older
FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
WHERE a.agency = b.agency AND a.canonical_id = b.younger

-- absorb_records --
UPDATE normalized_event_records r SET canonical_id = b.older
FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
WHERE r.agency = b.agency AND r.canonical_id = b.younger

-- absorb_measurements --
DELETE FROM event_measurements m
USING unnest(%(agency)s::text[], %(younger)s::text[]) AS b (agency, younger)
WHERE m.agency = b.agency AND m.canonical_id = b.younger

-- restate_measurements --
-- Of a hazard that took another one over: what the newest records of both say.
WITH mine AS (
    DELETE FROM event_measurements m
    USING unnest(%(agency)s::text[], %(id)s::text[]) AS b (agency, canonical_id)
    WHERE m.agency = b.agency AND m.canonical_id = b.canonical_id
)
SELECT DISTINCT ON (r.agency, r.canonical_id, r.source, said.m ->> 'name')
       r.agency, r.canonical_id, r.source, said.m ->> 'name', s.event_id, (said.m ->> 'value')::float8,
       said.m ->> 'unit', r.updated_at
FROM unnest(%(agency)s::text[], %(id)s::text[]) AS b (agency, canonical_id)
JOIN source_events s USING (agency, canonical_id)
JOIN normalized_event_records r USING (agency, canonical_id),
LATERAL jsonb_array_elements(r.measurements) WITH ORDINALITY AS said (m, n)
WHERE NOT r.superseded
ORDER BY r.agency, r.canonical_id, r.source, said.m ->> 'name', said.n DESC

-- absorb_tracks --
DELETE FROM track_points p
USING unnest(%(agency)s::text[], %(younger)s::text[]) AS b (agency, younger)
WHERE p.agency = b.agency AND p.canonical_id = b.younger

-- absorb_nodes --
DELETE FROM source_events s
USING unnest(%(agency)s::text[], %(younger)s::text[]) AS b (agency, younger)
WHERE s.agency = b.agency AND s.canonical_id = b.younger

-- absorb_associations_a --
UPDATE associations s SET a_id = b.older
FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
WHERE s.a_agency = b.agency AND s.a_id = b.younger

-- absorb_associations_b --
UPDATE associations s SET b_id = b.older
FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
WHERE s.b_agency = b.agency AND s.b_id = b.younger

-- supersede --
UPDATE normalized_event_records SET superseded = true WHERE id = ANY(%(superseded)s::uuid[]) AND NOT superseded

-- forget_measurements --
-- What a feed said before of the hazards that it speaks of now.
DELETE FROM event_measurements m
USING unnest(%(agency)s::text[], %(id)s::text[], %(source)s::text[]) AS b (agency, canonical_id, source)
WHERE m.agency = b.agency AND m.canonical_id = b.canonical_id AND m.source = b.source

-- move_measurements --
UPDATE event_measurements m SET event_id = s.event_id
FROM unnest(%(agency)s::text[], %(id)s::text[]) AS b (agency, canonical_id)
JOIN source_events s USING (agency, canonical_id)
WHERE m.agency = b.agency AND m.canonical_id = b.canonical_id AND m.event_id <> s.event_id

-- forget_doubtful --
DELETE FROM doubtful_pairs
WHERE (a_agency, a_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))
   OR (b_agency, b_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))

-- refresh_events --
-- An event shows the fields of its best report: of a live one, of the feed with the best priority, the newest.
-- Severity is the highest that any live report's newest record states.
INSERT INTO disaster_events AS e (
    id, founded_seq, state, merged_into, event_type, title, description, url, lon, lat, depth_km, onset,
    updated_at, valid_until, magnitude, magnitude_type, severity_level, status, agencies, reports, geometry,
    changed_seq
)
SELECT t.id, best.founded_seq, CASE WHEN best.retracted THEN 'retracted' ELSE 'current' END, NULL,
       best.event_type, best.title, best.description, best.url, best.lon, best.lat, best.depth_km, best.onset,
       best.updated_at, best.valid_until, best.magnitude, best.magnitude_type,
       CASE best.severity WHEN 4 THEN 'RED' WHEN 3 THEN 'ORANGE' WHEN 2 THEN 'YELLOW' WHEN 1 THEN 'GREEN' END,
       best.status, best.agencies, best.reports, best.geometry, t.changed_seq
FROM unnest(%(event_id)s::uuid[], %(changed_seq)s::bigint[]) AS t (id, changed_seq)
JOIN LATERAL (
    SELECT r.event_type, r.title, r.description, r.url, r.depth_km, r.onset, r.updated_at, r.valid_until,
           coalesce(r.lon, s.lon) AS lon, coalesce(r.lat, s.lat) AS lat,
           coalesce(r.magnitude, s.magnitude) AS magnitude, r.magnitude_type, r.status, r.geometry, s.retracted,
           min(s.seq) OVER () AS founded_seq,
           max(CASE r.severity_level WHEN 'RED' THEN 4 WHEN 'ORANGE' THEN 3 WHEN 'YELLOW' THEN 2 WHEN 'GREEN' THEN 1 END)
               FILTER (WHERE NOT s.retracted) OVER () AS severity,
           (SELECT array_agg(DISTINCT m.agency ORDER BY m.agency) FROM source_events m WHERE m.event_id = t.id) AS agencies,
           (SELECT count(*) FROM source_events m WHERE m.event_id = t.id) AS reports
    FROM source_events s
    JOIN normalized_event_records r
      ON r.agency = s.agency AND r.canonical_id = s.canonical_id AND NOT r.superseded
    WHERE s.event_id = t.id
    ORDER BY s.retracted, r.status = 'deleted', r.priority, r.updated_at DESC, r.seq DESC
    LIMIT 1
) best ON true
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

-- aliases --
-- Ids of a batch that are known, and whose.
SELECT agency, id, canonical_id, main
FROM event_id_aliases
JOIN unnest(%(agency)s::text[], %(id)s::text[]) AS wanted (agency, id) USING (agency, id)

-- nodes_by_key --
SELECT agency, canonical_id FROM source_events
JOIN unnest(%(agency)s::text[], %(id)s::text[]) AS wanted (agency, canonical_id) USING (agency, canonical_id)

-- nodes_of_events --
SELECT agency, canonical_id FROM source_events WHERE event_id = ANY(%(event_id)s::uuid[])

-- nodes_with_keys --
SELECT agency, canonical_id FROM source_events WHERE keys <> '{}' AND keys && %(keys)s::text[]

-- nodes_near --
-- Each window is a type, a span of time and a band of latitude. OFFSET 0 keeps it one index scan per window.
SELECT DISTINCT s.agency, s.canonical_id
FROM unnest(%(type)s::text[], %(start)s::timestamptz[], %(end)s::timestamptz[], %(south)s::float8[], %(north)s::float8[])
     AS w (event_type, t0, t1, south, north)
CROSS JOIN LATERAL (
    SELECT agency, canonical_id, lat FROM source_events
    WHERE event_type = w.event_type AND onset BETWEEN w.t0 AND w.t1 OFFSET 0
) s
WHERE s.lat BETWEEN w.south AND w.north

-- nodes_on_track --
SELECT DISTINCT p.agency, p.canonical_id
FROM unnest(%(start)s::timestamptz[], %(end)s::timestamptz[]) AS w (t0, t1)
CROSS JOIN LATERAL (SELECT agency, canonical_id FROM track_points WHERE at BETWEEN w.t0 AND w.t1 OFFSET 0) p

-- nodes --
SELECT agency, canonical_id, event_type, seq,
       extract(epoch FROM onset)::float8, extract(epoch FROM updated_at)::float8,
       lon, lat, depth_km, magnitude, time_resolution_s, position_error_km, retracted, keys, event_id
FROM source_events
JOIN unnest(%(agency)s::text[], %(id)s::text[]) AS wanted (agency, canonical_id) USING (agency, canonical_id)
ORDER BY seq

-- tracks --
SELECT agency, canonical_id, extract(epoch FROM at)::float8, lon, lat
FROM track_points
JOIN unnest(%(agency)s::text[], %(id)s::text[]) AS wanted (agency, canonical_id) USING (agency, canonical_id)

-- heads --
SELECT agency, canonical_id, source, extract(epoch FROM updated_at)::float8, fragment_hash, id
FROM normalized_event_records
JOIN unnest(%(agency)s::text[], %(id)s::text[]) AS wanted (agency, canonical_id) USING (agency, canonical_id)
WHERE NOT superseded

-- associations --
SELECT a_agency, a_id, b_agency, b_id, same
FROM associations
WHERE EXISTS (SELECT FROM associations)  -- asked first: there is seldom any
  AND ((a_agency, a_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))
    OR (b_agency, b_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[])))

-- doubtful --
SELECT a_agency, a_id, b_agency, b_id, distance_km, dt_s, dmag, score, reason
FROM doubtful_pairs
WHERE (a_agency, a_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))
   OR (b_agency, b_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))

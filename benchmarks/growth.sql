-- raw_event_records --
INSERT INTO raw_event_records
SELECT md5(id::text || %(k)s)::uuid, payload_id, source, agency, source_event_id || %(k)s, fragment_hash, fragment
FROM raw_event_records WHERE source_event_id NOT LIKE '%%c%%'

-- normalized_event_records --
INSERT INTO normalized_event_records
SELECT (jsonb_populate_record(n, jsonb_build_object(
    'id', md5(id::text || %(k)s)::uuid, 'seq', seq + %(n)s, 'canonical_id', canonical_id || %(k)s,
    'source_event_id', source_event_id || %(k)s, 'onset', onset + make_interval(secs => %(shift)s)))).*
FROM normalized_event_records n WHERE source_event_id NOT LIKE '%%c%%'

-- source_events --
INSERT INTO source_events (
    agency, canonical_id, event_id, event_type, seq, onset, lon, lat, depth_km, magnitude, time_resolution_s,
    position_error_km, retracted, keys, updated_at
)
SELECT agency, canonical_id || %(k)s, md5(event_id::text || %(k)s)::uuid, event_type, seq + %(n)s,
       onset + make_interval(secs => %(shift)s), lon, lat, depth_km, magnitude, time_resolution_s,
       position_error_km, retracted, keys, updated_at
FROM source_events WHERE canonical_id NOT LIKE '%%c%%'

-- event_id_aliases --
INSERT INTO event_id_aliases
SELECT agency, id || %(k)s, canonical_id || %(k)s, main FROM event_id_aliases WHERE id NOT LIKE '%%c%%'

-- location_data --
INSERT INTO location_data
SELECT md5(event_id::text || %(k)s)::uuid, l.lon, l.lat, place, country, distance_km, bearing, population_10km,
       population_50km, population_100km, method
FROM location_data l JOIN disaster_events e ON e.id = l.event_id WHERE founded_seq <= %(made)s

-- disaster_events --
INSERT INTO disaster_events (
    id, founded_seq, state, event_type, title, description, url, lon, lat, depth_km, onset, updated_at, magnitude,
    magnitude_type, severity_level, status, agencies, reports, changed_seq
)
SELECT md5(id::text || %(k)s)::uuid, founded_seq + %(n)s, state, event_type, title, description, url, lon, lat,
       depth_km, onset + make_interval(secs => %(shift)s), updated_at, magnitude, magnitude_type, severity_level,
       status, agencies, reports, changed_seq + %(n)s
FROM disaster_events WHERE founded_seq <= %(made)s

-- decisions --
INSERT INTO decisions
SELECT seq + %(n)s, md5(record_id::text || %(k)s)::uuid, payload_id, agency, canonical_id || %(k)s,
       md5(event_id::text || %(k)s)::uuid, action, rule, candidate, distance_km, dt_s, dmag, score, reason
FROM decisions WHERE seq <= %(made)s

-- outbox --
INSERT INTO outbox
SELECT seq + %(n)s, md5(event_id::text || %(k)s)::uuid, change, md5(record_id::text || %(k)s)::uuid, at
FROM outbox WHERE seq <= %(made)s

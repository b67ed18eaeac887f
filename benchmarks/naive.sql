-- alias --
SELECT canonical_id FROM event_id_aliases WHERE agency = %(agency)s AND id = %(source_event_id)s

-- near --
SELECT agency, canonical_id FROM source_events
WHERE event_type = %(type)s AND onset BETWEEN %(onset)s - interval '90 s' AND %(onset)s + interval '90 s'

-- payload --
SELECT id FROM payloads LIMIT 1

-- raw --
INSERT INTO raw_event_records
VALUES (%(record)s, %(payload)s, %(source)s, %(agency)s, %(source_event_id)s, %(hash)s, %(fragment)s)

-- normalized --
INSERT INTO normalized_event_records (
    id, seq, source, agency, canonical_id, source_event_id, event_type, title, description, url, lon, lat, depth_km,
    onset, updated_at, magnitude, magnitude_type, status, keys, also_ids, measurements, fetched_at, fragment_hash,
    priority, superseded
) VALUES (
    %(record)s, %(seq)s, %(source)s, %(agency)s, %(source_event_id)s, %(source_event_id)s, %(type)s, %(title)s, '',
    '', %(lon)s, %(lat)s, %(depth_km)s, %(onset)s, %(updated_at)s, %(magnitude)s, '', 'automatic', '{}', '{}', '[]',
    now(), %(hash)s, 50, false
)

-- source_event --
INSERT INTO source_events (
    agency, canonical_id, event_id, event_type, seq, onset, lon, lat, depth_km, magnitude, time_resolution_s,
    position_error_km, retracted, keys, updated_at
) VALUES (
    %(agency)s, %(source_event_id)s, %(event)s, %(type)s, %(seq)s, %(onset)s, %(lon)s, %(lat)s, %(depth_km)s,
    %(magnitude)s, 1, 0, false, '{}', %(updated_at)s
)

-- aliases --
INSERT INTO event_id_aliases VALUES (%(agency)s, %(source_event_id)s, %(source_event_id)s, true)

-- event --
INSERT INTO disaster_events (
    id, founded_seq, state, event_type, title, description, url, lon, lat, onset, updated_at, magnitude,
    magnitude_type, status, agencies, reports, changed_seq
) VALUES (
    %(event)s, %(seq)s, 'current', %(type)s, %(title)s, '', '', %(lon)s, %(lat)s, %(onset)s, %(updated_at)s,
    %(magnitude)s, '', 'automatic', ARRAY[%(agency)s], 1, %(seq)s
)

-- place --
INSERT INTO location_data VALUES (%(event)s, %(lon)s, %(lat)s, %(near)s, '', 0, '', 0, 0, 0, '')

-- decision --
INSERT INTO decisions
VALUES (%(seq)s, %(record)s, %(payload)s, %(agency)s, %(source_event_id)s, %(event)s, 'create', 'new', '', NULL,
        NULL, NULL, NULL, '')

-- outbox --
INSERT INTO outbox VALUES (%(seq)s, %(event)s, 'created', %(record)s, now())

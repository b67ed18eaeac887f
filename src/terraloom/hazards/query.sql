-- events --
-- Events that pass the filters, newest onset first, from the cursor on. `matched` counts up to counted_limit.
WITH matched AS (
    SELECT e.id, e.onset
      FROM disaster_events e
      LEFT JOIN severity_scores s ON s.event_id = e.id
     WHERE e.state = ANY (%(states)s)
       AND (%(after_onset)s::timestamptz IS NULL
            OR (e.onset <= %(after_onset)s AND (e.onset < %(after_onset)s OR e.id > %(after_id)s)))
       AND (%(types)s::text[] IS NULL OR e.event_type = ANY (%(types)s))
       AND (%(since)s::timestamptz IS NULL OR e.onset >= %(since)s)
       AND (%(until)s::timestamptz IS NULL OR e.onset < %(until)s)
       AND (%(active_since)s::timestamptz IS NULL
            OR greatest(e.onset, e.updated_at, e.valid_until) >= %(active_since)s)
       AND (%(min_magnitude)s::float8 IS NULL OR e.magnitude >= %(min_magnitude)s)
       AND (%(max_magnitude)s::float8 IS NULL OR e.magnitude <= %(max_magnitude)s)
       AND (%(alerts)s::text[] IS NULL OR coalesce(e.severity_level, s.alert) = ANY (%(alerts)s))
       AND (%(agencies)s::text[] IS NULL OR e.agencies && %(agencies)s)
       AND (%(sources)s::text[] IS NULL OR EXISTS (
            SELECT FROM source_events r
              JOIN normalized_event_records n ON n.agency = r.agency AND n.canonical_id = r.canonical_id
             WHERE r.event_id = e.id AND NOT n.superseded AND n.source = ANY (%(sources)s)))
       AND (%(west)s::float8 IS NULL OR (
            e.lat BETWEEN %(south)s AND %(north)s
            AND CASE WHEN %(west)s <= %(east)s THEN e.lon BETWEEN %(west)s AND %(east)s
                     ELSE e.lon >= %(west)s OR e.lon <= %(east)s END))
       AND (%(pattern)s::text IS NULL
            OR e.title ILIKE %(pattern)s OR e.description ILIKE %(pattern)s
            OR EXISTS (SELECT FROM location_data l WHERE l.event_id = e.id AND l.place ILIKE %(pattern)s)
            OR EXISTS (SELECT FROM event_id_aliases a
                         JOIN source_events r ON r.agency = a.agency AND r.canonical_id = a.canonical_id
                        WHERE r.event_id = e.id AND a.id = %(text)s))
     ORDER BY e.onset DESC, e.id
     LIMIT %(counted_limit)s
)
SELECT (SELECT count(*) FROM matched) AS matched,
       e.id, e.event_type, e.title, e.state, e.merged_into, e.lon, e.lat, e.depth_km, e.onset, e.updated_at,
       e.valid_until, e.magnitude, e.magnitude_type, coalesce(e.severity_level, s.alert) AS alert,
       e.severity_level, s.score, e.status, e.agencies, e.reports, l.place, l.country, l.distance_km,
       l.bearing, l.population_100km, e.description, e.url, e.changed_seq,
       CASE WHEN e.onset = '0001-01-01T00:00Z' THEN  -- it began before year 1
           (SELECT min(m.value)::integer FROM event_measurements m
             WHERE m.event_id = e.id AND m.name = 'onset_year' AND m.value BETWEEN -1e9 AND 0) END AS onset_year
  FROM (SELECT id, onset FROM matched ORDER BY onset DESC, id LIMIT %(page_limit)s) m
  JOIN disaster_events e ON e.id = m.id
  LEFT JOIN location_data l ON l.event_id = e.id
  LEFT JOIN severity_scores s ON s.event_id = e.id
 ORDER BY m.onset DESC, m.id;

-- events_by_id --
-- The same rows for known ids.
SELECT e.id, e.event_type, e.title, e.state, e.merged_into, e.lon, e.lat, e.depth_km, e.onset, e.updated_at,
       e.valid_until, e.magnitude, e.magnitude_type, coalesce(e.severity_level, s.alert) AS alert,
       e.severity_level, s.score, e.status, e.agencies, e.reports, l.place, l.country, l.distance_km,
       l.bearing, l.population_100km, e.description, e.url, e.changed_seq,
       CASE WHEN e.onset = '0001-01-01T00:00Z' THEN  -- it began before year 1
           (SELECT min(m.value)::integer FROM event_measurements m
             WHERE m.event_id = e.id AND m.name = 'onset_year' AND m.value BETWEEN -1e9 AND 0) END AS onset_year
  FROM disaster_events e
  LEFT JOIN location_data l ON l.event_id = e.id
  LEFT JOIN severity_scores s ON s.event_id = e.id
 WHERE e.id = ANY (%(ids)s);

-- event_of_alias --
-- The event that an agency's id stands in; any agency where none is named. The oldest report first.
SELECT r.event_id
  FROM event_id_aliases a
  JOIN source_events r ON r.agency = a.agency AND r.canonical_id = a.canonical_id
 WHERE a.id = %(id)s AND (%(agency)s::text IS NULL OR a.agency = %(agency)s)
 ORDER BY r.seq
 LIMIT 1;

-- ids_starting_with --
-- Event ids by the beginning that a person typed; two are enough to know that it is ambiguous.
SELECT id FROM disaster_events WHERE id BETWEEN %(low)s AND %(high)s ORDER BY id LIMIT 2;

-- geometry --
SELECT geometry FROM disaster_events WHERE id = %(id)s;

-- survivor --
-- Where a chain of merges ends.
WITH RECURSIVE chain AS (
    SELECT id, merged_into, 0 AS depth FROM disaster_events WHERE id = %(id)s
    UNION ALL
    SELECT e.id, e.merged_into, c.depth + 1
      FROM chain c JOIN disaster_events e ON e.id = c.merged_into
     WHERE c.depth < 64
)
SELECT id FROM chain ORDER BY depth DESC LIMIT 1;

-- absorbed --
SELECT id FROM disaster_events WHERE merged_into = %(id)s AND state = 'merged' ORDER BY founded_seq, id;

-- reports --
-- The reports grouped in an event, with all of their ids.
SELECT r.agency, r.canonical_id, r.seq, r.onset, r.lon, r.lat, r.depth_km, r.magnitude, r.retracted,
       r.time_resolution_s, r.position_error_km, r.keys,
       coalesce((SELECT array_agg(a.id ORDER BY a.id) FROM event_id_aliases a
                  WHERE a.agency = r.agency AND a.canonical_id = r.canonical_id), '{}') AS aliases,
       (SELECT count(*) FROM normalized_event_records n
         WHERE n.agency = r.agency AND n.canonical_id = r.canonical_id) AS versions_total
  FROM source_events r
 WHERE r.event_id = %(id)s
 ORDER BY r.seq;

-- versions --
-- The newest versions of each report of an event.
SELECT r.agency, r.canonical_id, v.*
  FROM source_events r
 CROSS JOIN LATERAL (
    SELECT n.id AS record_id, n.seq, n.source, n.source_event_id, n.title, n.onset, n.updated_at, n.fetched_at,
           n.lon, n.lat, n.depth_km, n.magnitude, n.magnitude_type, n.severity_level, n.status, n.url,
           w.payload_id
      FROM normalized_event_records n
      JOIN raw_event_records w ON w.id = n.id
     WHERE n.agency = r.agency AND n.canonical_id = r.canonical_id
     ORDER BY n.seq DESC
     LIMIT %(limit)s) v
 WHERE r.event_id = %(id)s
 ORDER BY v.seq DESC;

-- decisions --
-- What was decided of an event, and of the reports that stand in it now, newest first. The count is of all.
-- The decision on a record has that record's number, so it is found by what is known of the record.
WITH reports AS (
    SELECT agency, canonical_id FROM source_events WHERE event_id = %(id)s
), told (seq) AS (
    SELECT n.seq FROM outbox o JOIN normalized_event_records n ON n.id = o.record_id WHERE o.event_id = %(id)s
    UNION
    SELECT n.seq FROM reports JOIN normalized_event_records n USING (agency, canonical_id)
    UNION
    SELECT d.seq FROM decisions d WHERE d.event_id = %(id)s AND d.record_id IS NULL
    UNION
    SELECT d.seq FROM reports JOIN decisions d USING (agency, canonical_id) WHERE d.record_id IS NULL
), found AS (
    SELECT d.* FROM told JOIN decisions d USING (seq)
     WHERE d.event_id = %(id)s OR (d.agency, d.canonical_id) IN (SELECT agency, canonical_id FROM reports)
)
SELECT d.seq, d.record_id, d.payload_id, d.agency, d.canonical_id, d.event_id, d.action, d.rule, d.candidate,
       d.distance_km, d.dt_s, d.dmag, d.score, d.reason, p.source, p.fetched_at AS at,
       (SELECT count(*) FROM found) AS total
  FROM (SELECT * FROM found ORDER BY seq DESC LIMIT %(limit)s) d
  LEFT JOIN payloads p ON p.id = d.payload_id
 ORDER BY d.seq;

-- doubtful_of_event --
-- Doubtful pairs of an event's reports, closest first.
WITH mine AS (
    SELECT k.* FROM doubtful_pairs k
      JOIN source_events r ON r.agency = k.a_agency AND r.canonical_id = k.a_id WHERE r.event_id = %(id)s
    UNION
    SELECT k.* FROM doubtful_pairs k
      JOIN source_events r ON r.agency = k.b_agency AND r.canonical_id = k.b_id WHERE r.event_id = %(id)s
)
SELECT k.a_agency, k.a_id, k.b_agency, k.b_id, k.distance_km, k.dt_s, k.dmag, k.score, k.reason,
       ra.event_id AS a_event_id, ra.event_type AS a_event_type, ea.title AS a_title, ra.onset AS a_onset,
       ra.lon AS a_lon, ra.lat AS a_lat, ra.depth_km AS a_depth_km, ra.magnitude AS a_magnitude,
       rb.event_id AS b_event_id, rb.event_type AS b_event_type, eb.title AS b_title, rb.onset AS b_onset,
       rb.lon AS b_lon, rb.lat AS b_lat, rb.depth_km AS b_depth_km, rb.magnitude AS b_magnitude,
       (SELECT count(*) FROM mine) AS total
  FROM mine k
  LEFT JOIN source_events ra ON ra.agency = k.a_agency AND ra.canonical_id = k.a_id
  LEFT JOIN disaster_events ea ON ea.id = ra.event_id
  LEFT JOIN source_events rb ON rb.agency = k.b_agency AND rb.canonical_id = k.b_id
  LEFT JOIN disaster_events eb ON eb.id = rb.event_id
 ORDER BY k.score NULLS LAST, k.a_agency, k.a_id, k.b_agency, k.b_id
 LIMIT %(limit)s;

-- sequence --
-- Other current events of the type inside the sequence window, in time order: mainshock and aftershocks.
-- OFFSET 0 keeps it one scan of the window: sorted for the LIMIT, all events would be read in their order.
SELECT * FROM (
    SELECT e.id AS event_id, e.title, e.magnitude, e.onset,
           extract(epoch FROM e.onset - here.onset)::float8 AS dt_s,
           2 * %(earth_radius_km)s * asin(least(1, sqrt(
               sin(radians(e.lat - here.lat) / 2) ^ 2
               + cos(radians(here.lat)) * cos(radians(e.lat)) * sin(radians(e.lon - here.lon) / 2) ^ 2
           ))) AS distance_km
      FROM disaster_events here
     CROSS JOIN LATERAL (
        SELECT * FROM disaster_events
         WHERE state = 'current' AND event_type = here.event_type
           AND onset BETWEEN here.onset - %(window)s::interval AND here.onset + %(window)s::interval
        OFFSET 0) e
     WHERE here.id = %(id)s AND e.id <> here.id
       AND abs(e.lat - here.lat) <= %(radius_km)s / 110.0  -- a degree is longer: spares most the distance
    ) near
 WHERE distance_km <= %(radius_km)s
 ORDER BY onset, event_id
 LIMIT %(limit)s;

-- doubtful --
-- Pairs just outside the rules that stand in different events and that no operator has decided.
SELECT k.a_agency, k.a_id, k.b_agency, k.b_id, k.distance_km, k.dt_s, k.dmag, k.score, k.reason,
       ra.event_id AS a_event_id, ra.event_type AS a_event_type, ea.title AS a_title, ra.onset AS a_onset,
       ra.lon AS a_lon, ra.lat AS a_lat, ra.depth_km AS a_depth_km, ra.magnitude AS a_magnitude,
       rb.event_id AS b_event_id, rb.event_type AS b_event_type, eb.title AS b_title, rb.onset AS b_onset,
       rb.lon AS b_lon, rb.lat AS b_lat, rb.depth_km AS b_depth_km, rb.magnitude AS b_magnitude
  FROM doubtful_pairs k
  LEFT JOIN source_events ra ON ra.agency = k.a_agency AND ra.canonical_id = k.a_id
  LEFT JOIN disaster_events ea ON ea.id = ra.event_id
  LEFT JOIN source_events rb ON rb.agency = k.b_agency AND rb.canonical_id = k.b_id
  LEFT JOIN disaster_events eb ON eb.id = rb.event_id
 WHERE (k.a_agency, k.a_id, k.b_agency, k.b_id)
       > (%(after_a_agency)s::text, %(after_a_id)s::text, %(after_b_agency)s::text, %(after_b_id)s::text)
   AND ra.event_id IS DISTINCT FROM rb.event_id
   AND NOT EXISTS (SELECT FROM associations o
                    WHERE (o.a_agency, o.a_id, o.b_agency, o.b_id) IN (
                        (k.a_agency, k.a_id, k.b_agency, k.b_id), (k.b_agency, k.b_id, k.a_agency, k.a_id)))
 ORDER BY k.a_agency, k.a_id, k.b_agency, k.b_id
 LIMIT %(limit)s;

-- measurements --
SELECT source, canonical_id, name, value, unit, at
  FROM event_measurements WHERE event_id = %(id)s
 ORDER BY name, source, canonical_id;

-- location --
SELECT lon, lat, place, country, distance_km, bearing, population_10km, population_50km, population_100km, method
  FROM location_data WHERE event_id = %(id)s;

-- severity --
SELECT score, alert, alert_probabilities, exposure, method, explanation, changed_seq
  FROM severity_scores WHERE event_id = %(id)s;

-- history --
SELECT seq, change, at FROM outbox WHERE event_id = %(id)s ORDER BY seq DESC LIMIT %(limit)s;

-- changes --
-- The outbox after a number, in order.
SELECT seq, change, at, event_id, record_id FROM outbox WHERE seq > %(after)s ORDER BY seq LIMIT %(limit)s;

-- head --
-- The newest change there is.
SELECT coalesce(max(seq), 0) AS head FROM outbox;

-- source_states --
-- Per source: what its polls met, and what came of its payloads.
SELECT coalesce(t.source, p.source) AS source, coalesce(t.paused, false) AS paused, t.last_poll_at, t.last_ok_at,
       t.last_new_at, coalesce(t.last_error, '') AS last_error, t.last_error_at,
       coalesce(t.consecutive_failures, 0) AS consecutive_failures, coalesce(t.breaker, 'closed') AS breaker,
       coalesce(t.polls, 0) AS polls, coalesce(t.errors, 0) AS errors, t.lag_s,
       coalesce(p.payloads, 0) AS payloads, coalesce(p.pending, 0) AS pending,
       coalesce(p.records, 0) AS records, coalesce(p.rejected, 0) AS rejected, p.last_payload_at
  FROM source_state t
  FULL JOIN (
    SELECT y.source, count(*) AS payloads, count(*) FILTER (WHERE y.applied_seq IS NULL) AS pending,
           sum(i.records) AS records, sum(i.rejected) AS rejected, max(y.fetched_at) AS last_payload_at
      FROM payloads y LEFT JOIN ingests i ON i.payload_id = y.id
     GROUP BY y.source) p ON p.source = t.source
 ORDER BY 1;

-- poll_states --
-- What the polls of each source met; cheap, however many payloads there are.
SELECT source, paused, last_poll_at, last_ok_at, last_new_at, last_error, last_error_at, consecutive_failures,
       breaker, polls, errors, lag_s
  FROM source_state
 ORDER BY source;

-- totals --
-- What became of everything that each source sent, for the counters of /v1/metrics.
SELECT y.source, count(*) AS payloads, coalesce(sum(y.bytes), 0) AS bytes,
       coalesce(sum(i.records), 0) AS reports, coalesce(sum(i.rejected), 0) AS quarantined,
       coalesce(sum(i.duplicate), 0) AS duplicates, coalesce(sum(i.stale), 0) AS stale,
       coalesce(sum(i.created), 0) AS created, coalesce(sum(i.updated), 0) AS updated,
       coalesce(sum(i.correlated), 0) AS correlated, coalesce(sum(i.merged), 0) AS merged,
       coalesce(sum(i.split), 0) AS split, coalesce(sum(i.retracted), 0) AS retracted
  FROM payloads y LEFT JOIN ingests i ON i.payload_id = y.id
 GROUP BY y.source
 ORDER BY y.source;

-- quarantine --
-- Records that could not be read, newest payload first, from the cursor on.
SELECT q.payload_id, q.n, q.source, q.place, q.reason, substring(q.fragment FROM 1 FOR 4096) AS fragment,
       length(q.fragment) AS fragment_bytes, p.url, p.fetched_at
  FROM quarantine q
  JOIN payloads p ON p.id = q.payload_id
 WHERE (%(sources)s::text[] IS NULL OR q.source = ANY (%(sources)s))
   AND (%(after_at)s::timestamptz IS NULL
        OR p.fetched_at < %(after_at)s
        OR (p.fetched_at = %(after_at)s AND (q.payload_id, q.n) > (%(after_id)s::uuid, %(after_n)s::integer)))
 ORDER BY p.fetched_at DESC, q.payload_id, q.n
 LIMIT %(limit)s;

-- absorb_aliases --
UPDATE event_id_aliases a SET canonical_id = b.older
FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
WHERE a.agency = b.agency AND a.canonical_id = b.younger

-- absorb_records --
UPDATE normalized_event_records r SET canonical_id = b.older
FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
WHERE r.agency = b.agency AND r.canonical_id = b.younger

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

-- forget_doubtful --
DELETE FROM doubtful_pairs
WHERE (a_agency, a_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))
   OR (b_agency, b_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))

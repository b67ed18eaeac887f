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

-- absorb_associations --
-- What operators said of a younger event holds for the older one, unless they spoke of that one themselves.
WITH absorbed AS (
    SELECT b.*, s.seq
    FROM unnest(%(agency)s::text[], %(younger)s::text[], %(older)s::text[]) AS b (agency, younger, older)
    LEFT JOIN source_events s ON s.agency = b.agency AND s.canonical_id = b.younger
), said AS (
    DELETE FROM associations a USING absorbed b
    WHERE (a.a_agency, a.a_id) = (b.agency, b.younger) OR (a.b_agency, a.b_id) = (b.agency, b.younger)
    RETURNING a.*
), renamed AS (
    SELECT a_agency, coalesce(a.older, a_id) AS a_id, b_agency, coalesce(b.older, b_id) AS b_id,
           same, operator, reason, at, payload_id, coalesce(a.seq, b.seq) AS seq
    FROM said
    LEFT JOIN absorbed a ON (a.agency, a.younger) = (a_agency, said.a_id)
    LEFT JOIN absorbed b ON (b.agency, b.younger) = (b_agency, said.b_id)
), mirrored AS (
    SELECT *, (a_agency, a_id) IS NOT DISTINCT FROM (b_agency, b_id) AS same_report,
           a_agency COLLATE "C" > b_agency OR (a_agency = b_agency AND a_id COLLATE "C" > b_id) AS turned
    FROM renamed
)
INSERT INTO associations
SELECT DISTINCT ON (1, 2, 3, 4)
       CASE WHEN turned THEN b_agency ELSE a_agency END, CASE WHEN turned THEN b_id ELSE a_id END,
       CASE WHEN turned THEN a_agency ELSE b_agency END, CASE WHEN turned THEN a_id ELSE b_id END,
       same, operator, reason, at, payload_id
FROM mirrored WHERE NOT same_report
ORDER BY 1, 2, 3, 4, seq
ON CONFLICT DO NOTHING

-- supersede --
UPDATE normalized_event_records SET superseded = true WHERE id = ANY(%(superseded)s::uuid[]) AND NOT superseded

-- forget_doubtful --
DELETE FROM doubtful_pairs
WHERE (a_agency, a_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))
   OR (b_agency, b_id) IN (SELECT * FROM unnest(%(agency)s::text[], %(id)s::text[]))

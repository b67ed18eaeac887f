-- note --
-- Add spans to the ledger, cut at the ends of years; one row per year, locked in the order of years.
WITH said AS (
    SELECT 'expected' AS how, span FROM unnest(%(expected)s::tstzrange[]) AS span
    UNION ALL SELECT 'held', span FROM unnest(%(held)s::tstzrange[]) AS span
    UNION ALL SELECT 'empty', span FROM unnest(%(empty)s::tstzrange[]) AS span
), parts AS (
    SELECT how, year, span * tstzrange(make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'),
                                       make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC')) AS span
      FROM said, generate_series(extract(year FROM lower(span) AT TIME ZONE 'UTC')::integer,
                                 extract(year FROM upper(span) AT TIME ZONE 'UTC')::integer) AS year
     WHERE NOT lower_inf(span)
    UNION ALL SELECT how, 0, span FROM said WHERE lower_inf(span)
), years AS (
    SELECT year, coalesce(range_agg(span) FILTER (WHERE how = 'expected'), '{}') AS expected,
           coalesce(range_agg(span) FILTER (WHERE how = 'held'), '{}') AS held,
           coalesce(range_agg(span) FILTER (WHERE how = 'empty'), '{}') AS empty
      FROM parts WHERE NOT isempty(span) GROUP BY year
)
INSERT INTO coverage AS c (source, series, year, expected, held, empty, rows)
SELECT %(source)s, %(series)s, year, expected, held, empty,
       CASE WHEN year = min(year) OVER () THEN %(rows)s ELSE 0 END
  FROM years ORDER BY year
ON CONFLICT (source, series, year) DO UPDATE
   SET expected = c.expected + excluded.expected, held = c.held + excluded.held,
       empty = c.empty + excluded.empty - c.held - excluded.held, rows = c.rows + excluded.rows
 WHERE NOT (c.expected @> excluded.expected AND c.held @> excluded.held
            AND c.held + c.empty @> excluded.empty AND excluded.rows = 0)

-- spans_of_poll --
-- What the payloads of a poll hold. Between polls that came on time a feed has missed nothing, so that the
-- span then reaches back to the newest value that it had before. Nothing of a poll that was closed before.
SELECT coalesce(array_agg(tstzrange(CASE WHEN s.last_ok_at > clock_timestamp() - %(steady)s::interval
                                         THEN least(p.first_at, s.newest_at) ELSE p.first_at END,
                                    p.last_at, '[]')), '{}') AS held, max(p.last_at) AS newest
  FROM payloads p LEFT JOIN source_state s ON s.source = %(source)s
 WHERE p.id = ANY (%(payloads)s) AND p.first_at IS NOT NULL AND s.last_poll IS DISTINCT FROM %(poll)s

-- newest --
-- Where the feed is now. (It is expected to hold all from its first poll on.)
INSERT INTO source_state AS s (source, newest_at, first_poll_at)
VALUES (%(source)s, %(newest)s, clock_timestamp())
ON CONFLICT (source) DO UPDATE SET newest_at = greatest(s.newest_at, excluded.newest_at),
       first_poll_at = coalesce(s.first_poll_at, excluded.first_poll_at)
 WHERE s.newest_at IS NULL OR s.newest_at < excluded.newest_at

-- ledger --
-- Each source and series: what is expected, held, empty and missing.
WITH expected AS (
    SELECT source, series, expected FROM coverage
    UNION ALL
    SELECT source, '', tstzmultirange(tstzrange(first_poll_at, newest_at)) FROM source_state
     WHERE first_poll_at < newest_at
), wanted AS (
    SELECT source, series, range_agg(expected) AS expected FROM expected GROUP BY source, series
), known AS (
    SELECT source, series, range_agg(held) AS held, range_agg(empty) AS empty, sum(rows)::bigint AS rows
      FROM coverage GROUP BY source, series
)
SELECT source, series, w.expected, k.held, k.empty, w.expected - k.held - k.empty AS missing, k.rows
  FROM wanted w JOIN known k USING (source, series)
 WHERE (%(source)s::text IS NULL OR source = %(source)s)
   AND (NOT %(gaps)s OR w.expected - k.held - k.empty <> '{}')
 ORDER BY source, series

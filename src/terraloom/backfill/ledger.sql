-- note --
-- Say something to the ledger, without waiting for anybody.
INSERT INTO coverage_news (source, series, expected, held, empty, rows)
SELECT %(source)s, %(series)s,
       (SELECT coalesce(range_agg(span), '{}') FROM unnest(%(expected)s::tstzrange[]) AS span),
       (SELECT coalesce(range_agg(span), '{}') FROM unnest(%(held)s::tstzrange[]) AS span),
       (SELECT coalesce(range_agg(span), '{}') FROM unnest(%(empty)s::tstzrange[]) AS span), %(rows)s

-- fold --
-- Add what was said to the rows of the ledger, cut at the ends of years. New records are counted in the year in
-- which their window begins.
WITH news AS (
    DELETE FROM coverage_news WHERE id IN (SELECT id FROM coverage_news ORDER BY id LIMIT 20000) RETURNING *
), said AS (
    SELECT source, series, 'expected' AS how, span, 0 AS rows FROM news, unnest(expected) AS span
    UNION ALL SELECT source, series, 'held', span, 0 FROM news, unnest(held) AS span
    UNION ALL SELECT source, series, 'empty', span, 0 FROM news, unnest(empty) AS span
    UNION ALL SELECT source, series, 'rows', tstzrange(lower(held + empty), lower(held + empty), '[]'), rows
                FROM news WHERE rows > 0
), parts AS (
    SELECT source, series, how, rows, year,
           span * tstzrange(make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'),
                            make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC')) AS span
      FROM said, generate_series(extract(year FROM lower(span) AT TIME ZONE 'UTC')::integer,
                                 extract(year FROM upper(span) AT TIME ZONE 'UTC')::integer) AS year
     WHERE NOT lower_inf(span)
    UNION ALL SELECT source, series, how, rows, 0, span FROM said WHERE lower_inf(span)
), years AS (
    SELECT source, series, year, coalesce(range_agg(span) FILTER (WHERE how = 'expected'), '{}') AS expected,
           coalesce(range_agg(span) FILTER (WHERE how = 'held'), '{}') AS held,
           coalesce(range_agg(span) FILTER (WHERE how = 'empty'), '{}') AS empty, sum(rows) AS rows
      FROM parts WHERE NOT isempty(span) GROUP BY source, series, year
)
INSERT INTO coverage AS c (source, series, year, expected, held, empty, rows)
SELECT source, series, year, expected, held, empty, rows FROM years ORDER BY source, series, year
ON CONFLICT (source, series, year) DO UPDATE
   SET expected = c.expected + excluded.expected, held = c.held + excluded.held,
       empty = c.empty + excluded.empty, rows = c.rows + excluded.rows
 WHERE NOT (c.expected @> excluded.expected AND c.held @> excluded.held AND c.empty @> excluded.empty
            AND excluded.rows = 0)

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
WITH said AS (
    SELECT source, series, expected, held, empty, rows FROM coverage
    UNION ALL SELECT source, series, expected, held, empty, rows FROM coverage_news
    UNION ALL
    SELECT source, '', tstzmultirange(tstzrange(first_poll_at, newest_at)), '{}', '{}', 0 FROM source_state
     WHERE first_poll_at < newest_at
), known AS (
    SELECT source, series, range_agg(expected) AS expected, range_agg(held) AS held, range_agg(empty) AS empty,
           sum(rows)::bigint AS rows
      FROM said WHERE %(source)s::text IS NULL OR source = %(source)s GROUP BY source, series
)
SELECT source, series, expected, held, empty - held AS empty, expected - held - empty AS missing, rows
  FROM known WHERE NOT %(gaps)s OR expected - held - empty <> '{}'
 ORDER BY source, series

-- found --
-- What is cold of a table; nothing is of one without partitions (a rebuild's holds all values).
SELECT name, starts, ends, path, rows, bytes, sha256, checksum, frozen_at FROM cold_partitions
WHERE (%(names)s::text[] IS NULL OR name = ANY (%(names)s))
  AND (%(first)s::timestamptz IS NULL OR (ends > %(first)s AND starts <= %(last)s))
  AND (SELECT relkind FROM pg_class WHERE oid = %(table)s::regclass) = 'p'
ORDER BY starts

-- add --
INSERT INTO cold_partitions (name, starts, ends, path, rows, bytes, sha256, checksum, frozen_at)
VALUES (%(name)s, %(starts)s, %(ends)s, %(path)s, %(rows)s, %(bytes)s, %(sha256)s, %(checksum)s, %(frozen_at)s)

-- checksum --
-- How many rows a span has, and the SHA-256 of each series' rows in the order of time, hashed again in the order
-- of series: the same as `content.checksum` makes of a file.
SELECT coalesce(sum(n), 0)::bigint,
       encode(sha256(coalesce(string_agg(int8send(series) || digest, '' ORDER BY series), '')), 'hex')
  FROM (
    SELECT series, count(*) AS n,
           sha256(string_agg(timestamptz_send(time) || int8send(payload) || float8send(coalesce(value, 'NaN'))
                             || float8send(coalesce(lon, 'NaN')) || float8send(coalesce(lat, 'NaN'))
                             || int2send(flag) || int2send(revision), '' ORDER BY time)) AS digest
      FROM observations
     WHERE time >= %(starts)s AND time < %(ends)s
     GROUP BY series) each

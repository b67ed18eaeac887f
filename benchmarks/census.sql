-- spots --
-- A month of made spots: 4000 stations, the busiest most often, in the fields where most hams live.
COPY (
    WITH station AS (
        SELECT i,
               concat(chr(CAST(65 + i % 26 AS INTEGER)), i % 10, chr(CAST(65 + i // 7 % 26 AS INTEGER)), i) AS sign,
               concat($fields[1 + (hash(i) % 43)::INTEGER], hash(i + 1) % 10, hash(i + 2) % 10, 'ab') AS loc
        FROM range(4000) AS t (i)
    ),
    spot AS (
        SELECT i, hash(i * 3 + $seed) AS a, hash(i * 5 + $seed + 1) AS b, hash(i * 7 + $seed + 2) AS h
        FROM range($rows) AS t (i)
    )
    SELECT CAST($seed * $rows + spot.i AS UBIGINT) AS id,
           CAST(epoch_ms($start + spot.i * 20160 // $rows * 120000) AS TIMESTAMPTZ) AS time,
           CAST($bands[1 + (h % 29)::INTEGER] AS SMALLINT) AS band,
           rx.sign AS rx_sign, rx.loc AS rx_loc, tx.sign AS tx_sign, tx.loc AS tx_loc,
           CAST(hash(rx.i * 4001 + tx.i) % 19999 AS USMALLINT) AS distance,  -- km
           CAST(14097000 + h // 91 % 200 AS UBIGINT) AS frequency,  -- Hz
           CAST(23 + h // 77 % 15 AS TINYINT) AS power,  -- dBm
           CAST(h // 31 % 30 + h // 37 % 30 AS TINYINT) - 40::TINYINT AS snr,  -- dB
           CAST(h // 41 % 9 AS TINYINT) - 4::TINYINT AS drift  -- Hz per minute
    FROM spot
    JOIN station rx ON rx.i = CAST(4000 * pow(a / 18446744073709551616.0, 3) AS INTEGER) % 4000
    JOIN station tx ON tx.i = CAST(4000 * pow(b / 18446744073709551616.0, 2) AS INTEGER) % 4000
    ORDER BY spot.i
) TO $path (FORMAT parquet, COMPRESSION zstd)

-- months --
-- What the census's spec asks, as one would ask DuckDB: its own counter of distinct values errs by 3 %, ours by 1.6 %.
SELECT date_trunc('month', time) AS month, band, count(*) AS spots, avg(snr), stddev(snr), avg(distance), max(distance)
FROM spots GROUP BY ALL

-- calendar --
-- Stations and paths of each month.
SELECT date_trunc('month', time) AS month, count(*) AS spots, approx_count_distinct(tx_sign),
       approx_count_distinct(rx_sign), approx_count_distinct(hash(tx_sign, rx_sign))
FROM spots GROUP BY ALL

-- bands --
-- All of each band. Exact quantiles of values in one byte are faster than approximate ones.
SELECT band, count(*) AS spots, approx_count_distinct(tx_sign), approx_count_distinct(rx_sign),
       approx_count_distinct(hash(tx_sign, rx_sign)), avg(snr), stddev(snr), quantile_disc(snr, [0.1, 0.5, 0.9]),
       max({'value': distance, 'time': time, 'tx_sign': tx_sign, 'rx_sign': rx_sign}, 10)
FROM spots GROUP BY ALL

-- distances --
-- Histogram of distances.
SELECT band, distance // 500 AS span, count(*) AS spots FROM spots GROUP BY ALL

-- hours --
-- Hours of the day.
SELECT band, hour(time) AS hour, count(*) AS spots, avg(snr), max(distance) FROM spots GROUP BY ALL

-- corridors --
-- Pairs of fields.
SELECT date_trunc('month', time) AS month, band, upper(left(tx_loc, 2)) AS sender, upper(left(rx_loc, 2)) AS receiver,
       count(*) AS spots, avg(snr), max(distance)
FROM spots GROUP BY ALL

-- fill --
-- The same spots as `wspr_spots.spots` gives by NumPy, into the table that wspr.live has.
INSERT INTO wspr.rx
SELECT
    number AS id,
    toDateTime({epoch:UInt32} + {slot:UInt32} * intDiv(number, {per_slot:UInt64}), 'UTC') AS time,
    {bands:Array(Int16)}[1 + mode] AS band,
    p.rx_sign, p.rx_lat, p.rx_lon, p.rx_loc, p.tx_sign, p.tx_lat, p.tx_lon, p.tx_loc,
    p.distance, p.azimuth, p.rx_azimuth,
    {dials:Array(UInt64)}[1 + mode] + 1400 + three % 200 AS frequency,
    {powers:Array(Int8)}[1 + one % length({powers:Array(Int8)})] AS power,
    toInt64(intDiv(three, 200) % 21) - 2 - intDiv(p.distance, 600) AS snr,
    (toInt64(intDiv(two, 1000) % 9) - 4) * intDiv(intDiv(three, 5000) % 4, 3) AS drift,
    p.version,
    1 + intDiv(intDiv(two, 9000) % 100, 97) AS code
FROM (
    SELECT number, one, two, three, three % length({bands:Array(Int16)}) AS mode,
        intDiv((one % {paths:UInt64}) * (two % {paths:UInt64}), {paths:UInt64}) AS path
    FROM (
        SELECT number, one, two, (two * two + {step_two:UInt64}) % {prime:UInt64} AS three
        FROM (
            SELECT number, one, (one * one + {step_one:UInt64}) % {prime:UInt64} AS two
            FROM (
                SELECT number, (number % {prime:UInt64} + {salt:UInt64}) * {factor:UInt64} % {prime:UInt64} AS one
                FROM numbers({first:UInt64}, {count:UInt64})
            )
        )
    )
) AS spot
INNER JOIN wspr.paths AS p ON p.path = spot.path

-- table --
-- As https://wspr.live/ describes its own.
CREATE TABLE wspr.rx (
    id UInt64, time DateTime('UTC'), band Int16,
    rx_sign LowCardinality(String), rx_lat Float32, rx_lon Float32, rx_loc LowCardinality(String),
    tx_sign LowCardinality(String), tx_lat Float32, tx_lon Float32, tx_loc LowCardinality(String),
    distance UInt16, azimuth UInt16, rx_azimuth UInt16, frequency UInt64,
    power Int8, snr Int8, drift Int8, version LowCardinality(String), code Int8
) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (band, time)

-- paths --
CREATE TABLE wspr.paths ENGINE = Memory AS
SELECT * FROM file({file:String}, Parquet)

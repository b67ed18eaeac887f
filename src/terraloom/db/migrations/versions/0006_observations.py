"""What is measured: metrics, stations, series, the observations by month, hours and days of them.

Revision ID: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE metrics (                              -- the catalogue, as the sources declare it
    id            text PRIMARY KEY,
    title         text NOT NULL,
    unit          text NOT NULL,                    -- UCUM
    cf_standard_name text NOT NULL,
    low           double precision NOT NULL,        -- outside low..high a value is flagged
    high          double precision NOT NULL,
    aggregate     text NOT NULL,                    -- mean sum max min last
    field         text NOT NULL,
    description   text NOT NULL,
    hourly        boolean NOT NULL                  -- whether hours are kept
);
CREATE TABLE datasources (                          -- where series come from, as the registry describes it
    id            text PRIMARY KEY,
    title         text NOT NULL,
    provider      text NOT NULL,
    agency        text NOT NULL,
    url           text NOT NULL,
    homepage      text NOT NULL,
    licence       text NOT NULL,
    citation      text NOT NULL
);
CREATE TABLE stations (
    id            text PRIMARY KEY,                 -- agency/code
    agency        text NOT NULL,
    title         text NOT NULL,
    lon           double precision,                 -- null: it moves, or is everywhere
    lat           double precision,
    elevation_m   double precision,
    kind          text NOT NULL,                    -- fixed mobile grid region planet spacecraft object
    payload       bigint NOT NULL                   -- payloads.seq of what last described it
);
CREATE INDEX stations_agency ON stations (agency);
CREATE TABLE series (                               -- one metric at one station; written under a row lock
    id            bigint PRIMARY KEY,               -- derived from metric and station
    metric        text NOT NULL,
    station       text NOT NULL,
    source        text NOT NULL,                    -- the feed that first brought it
    n             bigint NOT NULL,                  -- good values
    flagged       bigint NOT NULL,                  -- values kept with a doubt
    withdrawn     bigint NOT NULL,
    revisions     bigint NOT NULL,                  -- earlier versions of values, in observation_revisions
    first_time    timestamptz,                      -- of any row
    last_time     timestamptz,
    last_good     timestamptz,                      -- of the newest good value
    last_value    double precision,
    UNIQUE (metric, station)
);
CREATE INDEX series_station ON series (station);

CREATE TABLE observations (
    series        bigint NOT NULL,
    time          timestamptz NOT NULL,
    payload       bigint NOT NULL,                  -- payloads.seq: where the value was said
    value         double precision,                 -- in the metric's unit; null: withdrawn
    lon           double precision,                 -- where not the station's
    lat           double precision,
    flag          smallint NOT NULL,                -- records.Quality
    revision      smallint NOT NULL,                -- how many versions there were before
    PRIMARY KEY (series, time)
) PARTITION BY RANGE (time);

CREATE TABLE observation_revisions (                -- what a value was before
    series        bigint NOT NULL,
    time          timestamptz NOT NULL,
    revision      smallint NOT NULL,
    payload       bigint NOT NULL,
    value         double precision,
    lon           double precision,
    lat           double precision,
    flag          smallint NOT NULL,
    PRIMARY KEY (series, time, revision)
);

-- Good values of an hour (where the metric keeps hours) and of a UTC day. `sum` is added in the order of time.
CREATE TABLE observations_hourly (
    series        bigint NOT NULL,
    start         timestamptz NOT NULL,
    n             integer NOT NULL,
    flagged       integer NOT NULL,
    sum           double precision,                 -- these are null where n = 0
    min           double precision,
    max           double precision,
    last          double precision,
    PRIMARY KEY (series, start)
);
CREATE TABLE observations_daily (LIKE observations_hourly INCLUDING ALL);
CREATE INDEX observations_daily_start ON observations_daily (start);

CREATE TABLE cold_partitions (                      -- spans that were moved to Parquet
    name          text PRIMARY KEY,
    starts        timestamptz NOT NULL,
    ends          timestamptz NOT NULL,
    path          text NOT NULL UNIQUE,             -- below the storage URL
    rows          bigint NOT NULL,
    bytes         bigint NOT NULL,
    sha256        text NOT NULL,                    -- of the file
    checksum      text NOT NULL,                    -- of the rows, whatever their order
    frozen_at     timestamptz NOT NULL
);
CREATE TABLE dirty_days (                           -- days of metrics whose caches are behind; append only
    metric        text NOT NULL,
    start         timestamptz NOT NULL
);
CREATE TABLE caches (                               -- what pages read, made from rollups
    name          text NOT NULL,                    -- stats, sources, graph, timeline, …
    variant       text NOT NULL,                    -- json, parquet
    media_type    text NOT NULL,
    etag          text NOT NULL,
    built_at      timestamptz NOT NULL,
    body          bytea NOT NULL,
    gzip          bytea NOT NULL,                   -- the same, compressed; empty where that gains nothing
    PRIMARY KEY (name, variant)
);

CREATE VIEW observed AS                             -- for people and their SQL
SELECT s.metric, s.station, o.time, o.value, m.unit, coalesce(o.lon, p.lon) AS lon,
       coalesce(o.lat, p.lat) AS lat, o.flag, o.revision, s.source
FROM observations o
JOIN series s ON s.id = o.series
JOIN metrics m ON m.id = s.metric
LEFT JOIN stations p ON p.id = s.station
WHERE o.value IS NOT NULL;

ALTER TABLE ingests
    ADD COLUMN observed  integer NOT NULL DEFAULT 0,    -- values that are new
    ADD COLUMN revised   integer NOT NULL DEFAULT 0,
    ADD COLUMN withdrawn integer NOT NULL DEFAULT 0,
    ADD COLUMN flagged   integer NOT NULL DEFAULT 0;    -- of the new and revised ones
"""

DOWN = """
DROP VIEW observed;
DROP TABLE caches, dirty_days, cold_partitions, observations_daily, observations_hourly, observation_revisions,
    observations, series, stations, datasources, metrics;
ALTER TABLE ingests DROP COLUMN observed, DROP COLUMN revised, DROP COLUMN withdrawn, DROP COLUMN flagged
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)

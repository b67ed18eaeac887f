"""
The WSPR archive: every spot since 2008 as one Parquet file per month, fetched from wspr.live's ClickHouse.

`columns` says what a spot is.
"""

"""
The WSPR archive: every spot since 2008 as one Parquet file per month, fetched from wspr.live's ClickHouse.

`columns` says what a spot is, `asking` what is asked, `checking` what makes a file right, `merging` makes one
of several, `shelf` knows the months that are held, `fetching` brings them in, `verifying` looks again.
"""

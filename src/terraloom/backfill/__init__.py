"""
Backfill: decades of archive by the same ways as live feeds.

`jobs` has the nouns, `kinds/` one file for each way to ask an archive.
"""

"""Months and decades that were moved from the table to Parquet files: which, and what is in them."""

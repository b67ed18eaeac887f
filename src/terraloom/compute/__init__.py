"""
Heavy work over many files: an `Engine` that maps a function over them within a memory limit, here or on
many machines, and aggregates that are folded as they come.
"""

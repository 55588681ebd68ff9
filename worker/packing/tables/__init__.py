"""A CSV or Parquet file, as people have them, into one packed table that the engine maps into memory.

source → names → survey of columns → cells → packed file, report
"""

"""The report for people: a page with plots, which asks no other server for anything."""

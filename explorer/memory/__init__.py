"""The Training memory page: charts and tables of one step."""

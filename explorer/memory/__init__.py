"""The Memory page: charts and tables of one step."""

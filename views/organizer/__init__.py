"""Pages of whoever organises activities: filings and results of employers and bases."""

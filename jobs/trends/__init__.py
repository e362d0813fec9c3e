"""Trends: counts by period, tests, bursts, forecasts and scores."""

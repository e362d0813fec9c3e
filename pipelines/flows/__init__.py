"""Prefect flows and the schedules that start them."""

"""Dashboards, alerts and runbooks, and what proves them: a real Prometheus, promtool, drills."""

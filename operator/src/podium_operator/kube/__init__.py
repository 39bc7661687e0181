"""The Kubernetes API as the operator sees it: a narrow port over plain dicts."""

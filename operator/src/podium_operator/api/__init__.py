"""The Orchestrator resource: models, names, conditions, and the CRD made from them."""

"""Targets: places where deployments are served."""

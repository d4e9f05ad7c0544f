"""Deployments: models served at an endpoint, with their versions and their traffic."""

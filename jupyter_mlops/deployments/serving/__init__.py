"""Serving: the front that takes the requests, and the workers that hold the models."""

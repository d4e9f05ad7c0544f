"""The rows of the routes, by noun; `routes` puts them together."""

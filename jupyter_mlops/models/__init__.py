"""Models: what steps logged, the versions these became, and the aliases that say which one is in use."""

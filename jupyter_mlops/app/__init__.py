"""The verbs, once. Every door (command line, magics, Python, REST) calls them and nothing below them."""

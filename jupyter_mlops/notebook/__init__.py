"""What a notebook says: its cells, their tags, the names that flow between them and what is wrong with it. Pure."""

"""What a notebook compiles to: steps, the edges between them and the declared parameters."""

"""Words that every room speaks: errors and identifiers. Imports nothing else of the package."""

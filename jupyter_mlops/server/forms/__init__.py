"""What goes in and out of the routes, as pydantic models: the OpenAPI file and the TypeScript types come from here."""

"""Jobs: promoted notebooks, frozen and versioned."""

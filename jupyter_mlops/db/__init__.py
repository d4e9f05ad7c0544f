"""The store's ground: tables, connections and migrations. What the rows mean is said in `runs` and `jobs`."""

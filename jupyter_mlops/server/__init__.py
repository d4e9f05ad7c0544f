"""The door for the browser: routes of the Jupyter server that translate REST to verbs and decide nothing."""

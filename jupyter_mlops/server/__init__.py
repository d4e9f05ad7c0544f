"""The door for the browser: routes of the Jupyter server that translate REST to the verbs and decide nothing."""

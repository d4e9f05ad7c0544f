"""Artifacts: values on their way from step to step.

artifact
    content-addressed bytes with a serializer name.
ref
    how a manifest names an artifact: digest, serializer, type, size, and the key inside a bundle.
bundle
    several outputs of one step that share mutable objects, stored and loaded as one artifact.
manifest
    `outputs.json` of one attempt: what a step hands over and what it did to what it was given.

`incell` is what a step notebook calls; importing it loads no data library.
"""

"""The book: everything a business declares about itself, in one YAML file.

`model` is the vocabulary (one structure per chapter), `load` reads YAML and keeps the line of every value, `check` finds
what is wrong and says how to mend it, `schema` publishes the JSON Schema that gives completion in editors.
"""

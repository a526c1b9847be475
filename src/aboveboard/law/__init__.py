"""What the law says, as data: rules with a citation, dates, conditions and fixtures that prove them.

`model` is the form of a rule, `packs` reads and proves the YAML files, `bans` answers "may this be done at all?", and
`duties` answers "must we ask first?" and "must the browser's signal count?". Pure: no clock, no database; every answer
names its rule.
"""

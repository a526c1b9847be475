"""What the law says, as data: rules with a citation, dates, conditions and fixtures that prove them.

Two kinds of rules live here. Those of the *gate* answer "may this be done?", "must we ask first?", "must a signal count?":
`model` is their form, `packs` reads and proves them, `bans` and `duties` ask them. All others *judge facts*: of a price, a
promotion, a request. `form` and `check_form` say what may stand in a pack, `reading`, `meaning` and `loading` take it in,
`proving` tries it, `engine` judges (with `nodes`, `checks`, `clocks`, `calendars`), `library` is the shelf of all packs,
`listing` shows both kinds.

Pure: no clock, no database; every answer names its rule.
"""

"""What people see and what stands at the door: language, layout, charts, problem details, sign-in, tokens.

Nothing here knows a choice or a price. A room's `pages.py` hands `page()` a template and facts; this room adds the letterhead,
the person's language and the signals that came with the request. The door itself is a few small pieces, each in one file:
who may send a form (`origin`), how often (`limits`), who is signed in (`sessions`, `signin`), which program may call (`tokens`).
"""

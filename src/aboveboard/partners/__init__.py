"""Partners: the other firms that receive data, and how each of them hears of a choice.

`model` says whom a choice concerns and what an answer means, `message` what is sent, `followers` turns entries of the record into
deliveries, `courier` carries them until they are confirmed, `service.Partners` tells everyone else how it stands.
"""

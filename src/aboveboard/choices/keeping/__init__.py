"""Ways to keep a receipt: as a consent record that other programs read, as a code on paper, as a mail.

The receipt itself (`proof.receipt`) says everything in the fewest words. Here it is put into the forms that somebody already
has a place for.
"""

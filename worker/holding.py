"""How long an attempt holds on to what it has while there is nowhere to put it: a database, a disk."""

GRACE_SECONDS = 900.0
RETRY_SECONDS = 2.0

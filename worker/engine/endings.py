"""Ends of a process that are no failure of it."""


class Suspended(Exception):
    """The run shall go on later, from its last checkpoint."""


class Led(Exception):
    """This rank has done its share: the first one evaluates and reports."""


class PeerLost(Exception):
    """Another rank has ended; it, or whoever started it, says why."""


class Stopped(Exception):
    """Somebody has ended the training of a network that is worth nothing half trained."""

"""Every kind of chore there is: one explicit page."""

from collections.abc import Mapping

from core.store import datasets
from worker.chores.kind import Kind
from worker.chores.packing import Packing

KINDS: Mapping[str, Kind] = {
    datasets.PACK: Packing(),
}

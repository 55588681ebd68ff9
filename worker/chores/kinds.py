"""Every kind of chore there is: one explicit page."""

from collections.abc import Mapping

from core.store import datasets, models
from worker.chores.kind import Kind
from worker.chores.measuring import Measuring
from worker.chores.packing import Packing
from worker.chores.reading import Reading

KINDS: Mapping[str, Kind] = {
    datasets.PACK: Packing(),
    models.READ: Reading(),
    models.MEASURE: Measuring(),
}

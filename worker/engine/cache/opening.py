"""Decide how a run's teacher is asked: live, or through a table that other jobs may have filled."""

from functools import partial

from torch import nn

from core.spec import JobSpec
from core.spec.teacher_cache import must_ask
from worker.engine import ranks
from worker.engine.answering import Answering, LiveTeacher, Teaching
from worker.engine.cache.key import cache_key
from worker.engine.cache.segments import Segments, Shelf
from worker.engine.cache.table import Table
from worker.engine.cache.teacher import CachedTeacher
from worker.engine.data.batches import TrainingBatches
from worker.engine.data.material import Material
from worker.engine.data.streamed import StreamedBatches
from worker.engine.data.tables.batches import TableBatches
from worker.engine.narrator import Narrator
from worker.engine.optimization import autocast_type


def asked(
    spec: JobSpec, material: Material, batches: TrainingBatches | TableBatches, teacher: nn.Module,
    ear: Answering, shelf: Shelf | None, narrator: Narrator,
) -> Teaching:  # fmt: skip
    """As the resolved spec says. Where its logits could be looked up, a live teacher rounds them as well.

    Of many ranks each asks its own teacher, about its part of a batch.

    teacher    frozen; `ear` asks it
    shelf      where tables outlive their run; None keeps this one in memory only
    """
    autocast = autocast_type(spec.optimization.precision, material.device)
    live = LiveTeacher(ear, autocast, halved=must_ask(spec) is None)
    if spec.optimization.teacher_cache != "on" or isinstance(batches, TableBatches) or ranks.count() > 1:
        return live
    if isinstance(batches, StreamedBatches):
        narrator.log("info", "the teacher is asked live: where images have no room, its answers have none")
        return live
    table = Table(batches.split.rows, batches.augmentation, material.classes)
    if shelf is None:
        return CachedTeacher(live, batches, table)
    key = cache_key(spec.teacher, teacher, material, batches, autocast)
    return CachedTeacher(live, batches, table, Segments(shelf, key, partial(narrator.log, "warning")))

"""The processes that share one training: each learns from its part of every batch.

A part of a batch that another rank learns from is like one that is learned from later: gradients and losses
are added up before the one step that all ranks make alike. So n ranks learn what one rank learns in n parts.
Within a process there is one group, as torch has it; without any, there is one rank.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from worker.engine.endings import Led, PeerLost

FIRST = 0


def join(rank: int, count: int, rendezvous: Path) -> None:
    """Meet the other ranks.

    rendezvous   a file that they all know, and that was not there before
    """
    has_gpus = torch.cuda.is_available()
    if has_gpus and rank < torch.cuda.device_count():
        torch.cuda.set_device(rank)
    store = dist.FileStore(str(rendezvous), count)  # type: ignore[attr-defined]
    backend = "cpu:gloo,cuda:nccl" if has_gpus else "gloo"
    dist.init_process_group(backend, rank=rank, world_size=count, store=store)


def leave() -> None:
    """Part from the others, all at the same time.

    raises Led on every rank but the first
    """
    if dist.is_initialized():
        rank = dist.get_rank()
        _meeting(dist.barrier)
        dist.destroy_process_group()
        if rank != FIRST:
            raise Led


def count() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else FIRST


def agreed(values: Sequence[float]) -> list[float]:
    """Those of the first rank: what one clock or one person decides must be decided once."""
    if count() == 1:
        return list(values)
    told = torch.tensor(values, dtype=torch.float64)
    _meeting(lambda: dist.broadcast(told, FIRST))
    return told.tolist()


def wished(here: bool) -> bool:
    """Whether the first rank was asked for something."""
    return bool(agreed([float(here)])[0])


@torch.no_grad()
def add_up(tensors: Sequence[Tensor]) -> None:
    """Make each the sum of what all ranks have in its place, to the same bits everywhere; one message."""
    together = torch.cat([tensor.reshape(-1) for tensor in tensors])
    _meeting(lambda: dist.all_reduce(together))
    pieces = torch.split(together, [tensor.numel() for tensor in tensors])
    for tensor, piece in zip(tensors, pieces, strict=True):
        tensor.copy_(piece.view(tensor.shape))


def _meeting(call: Callable[[], object]) -> None:
    try:
        call()
    except RuntimeError as error:
        raise PeerLost(str(error)) from error

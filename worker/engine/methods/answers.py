"""The two answers to a batch, as terms read them: precise enough, and the teacher's without a gradient."""

import torch

from worker.engine.methods.standardized import standardized
from worker.engine.moment import Moment
from worker.engine.shapes import Logits

TOO_COARSE = (torch.float16, torch.bfloat16)


def student_logits(moment: Moment) -> Logits:
    """In float32 at least."""
    return _precise(moment.student)


def teacher_logits(moment: Moment) -> Logits:
    """In float32 at least, for a term that reads them."""
    assert moment.teacher is not None, "a term that reads the teacher runs beside one"
    return _precise(moment.teacher.detach())


def both(moment: Moment, standardize: bool = False) -> tuple[Logits, Logits]:
    """The student's and the teacher's, each image's standardized if that is asked for."""
    student, teacher = student_logits(moment), teacher_logits(moment)
    return (standardized(student), standardized(teacher)) if standardize else (student, teacher)


def _precise(logits: Logits) -> Logits:
    return logits.float() if logits.dtype in TOO_COARSE else logits

"""A distillation job, as a person asks for it. `{}` is a valid one."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from core.ids import is_id
from core.spec.base import Many, Seed, Spec, Tag, Text
from core.spec.datasets import Builtin, Dataset
from core.spec.evaluation import Evaluation
from core.spec.exports import Exports
from core.spec.methods import Method, MethodField
from core.spec.models import Student, StudentField, Teacher, TeacherField
from core.spec.optimization import Optimization, Stopping
from core.spec.regularizers import Regularizers
from core.spec.resources import Resources


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


def _no_other_job(name: str) -> str:
    if name.startswith("@") or is_id("job", name):
        raise PydanticCustomError("name_reserved", "a name can't begin with @, nor be the id of a job")
    return name


Task = Literal["image-classification", "tabular-regression", "tabular-classification"]
Name = Annotated[Text, AfterValidator(_no_other_job)]
Tags = Annotated[Many[Tag], AfterValidator(_each_once)]


class JobSpec(Spec):
    """Distil a teacher into a student."""

    task: Task = Field("image-classification", description="what is predicted, and from what")
    name: Name | None = Field(
        None, description="for people; need not be unique; not only spaces, no @ at its start, no job's id"
    )
    tags: Tags = Field(
        (), max_length=32, description="to find the job by; one that is given twice counts once"
    )
    seed: Seed = Field(0, description="of the student's weights, batch order and noise")
    priority: int = Field(50, ge=0, le=100, description="higher runs first")
    dataset: Dataset = Builtin()
    teacher: TeacherField = Teacher()
    student: StudentField = Student()
    method: MethodField = Method()
    regularizers: Regularizers = ()
    optimization: Optimization = Optimization()
    stopping: Stopping = Stopping()
    evaluation: Evaluation = Evaluation()
    exports: Exports = Field((), description="further formats of the student, each at most once")
    resources: Resources = Resources()

"""A distillation job, as a person asks for it. `{}` is a valid one."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from core.ids import is_id
from core.spec.base import Many, Seed, Spec, Tag, Text
from core.spec.datasets import Builtin, Dataset
from core.spec.evaluation import Evaluation
from core.spec.exports import Exports
from core.spec.logit_terms import LogitMse
from core.spec.methods import Method, MethodField
from core.spec.models import Network, Student, StudentField, Teacher, TeacherField, is_open
from core.spec.optimization import Optimization, Stopping
from core.spec.regularizers import Regularizers
from core.spec.resources import Resources
from core.spec.tabular_networks import SMALL


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


def _no_other_job(name: str) -> str:
    if name.startswith("@") or is_id("job", name):
        raise PydanticCustomError("name_reserved", "a name can't begin with @, nor be the id of a job")
    return name


Task = Literal["image-classification", "tabular-regression", "tabular-classification"]
Name = Annotated[Text, AfterValidator(_no_other_job)]
Tags = Annotated[Many[Tag], AfterValidator(_each_once)]


def _default(owner: Spec, name: str, part: Spec, **fields: Any) -> None:
    """Put a part into what is frozen; as every default, neither it nor its fields count as given."""
    part.__dict__.update(fields)
    owner.__dict__[name] = part


def _of_rows(network: Network, **fields: Any) -> Network:
    """An `mlp`, unless it says what it is, or its weights will."""
    chosen = network.model_copy()
    if "architecture" not in network.model_fields_set and not is_open(network):
        open_fields = {name: value for name, value in fields.items() if name not in network.model_fields_set}
        chosen.__dict__.update(open_fields, architecture="mlp")
    return chosen


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
    dataset: Dataset = Builtin(name="cifar10")
    teacher: TeacherField = Teacher()
    student: StudentField = Student()
    method: MethodField = Method()
    regularizers: Regularizers = ()
    optimization: Optimization = Optimization()
    stopping: Stopping = Stopping()
    evaluation: Evaluation = Evaluation()
    exports: Exports = Field((), description="further formats of the student, each at most once")
    resources: Resources = Resources()

    @model_validator(mode="after")
    def by_task(self) -> Self:
        """Of rows, networks are perceptrons, the student the smaller one; a measure is matched as it is.

        Rows have no views: what a stored job says of them can be sent again.
        """
        if self.task == "image-classification":
            return self
        _default(self, "teacher", _of_rows(self.teacher))
        _default(self, "student", _of_rows(self.student, hidden=SMALL))
        if "augmentation" not in self.optimization.model_fields_set:
            _default(self, "optimization", self.optimization.model_copy(), augmentation="none")
        if self.task == "tabular-regression" and "terms" not in self.method.model_fields_set:
            _default(self, "method", self.method.model_copy(), terms=(LogitMse(),))
        return self

"""What two networks see on an image, as the API shows it."""

from typing import Annotated

from pydantic import Field

from app.schemas.base import View
from app.schemas.forms import Form
from core.prediction import MOST_CLASSES


class PredictForm(Form):
    """What is said beside the image."""

    top_k: Annotated[int, Field(ge=1, le=MOST_CLASSES)] = Field(5, description="classes to name")


class ClassProbability(View):
    """A class, and how sure the network is of it, from 0 to 1."""

    class_name: str
    class_index: int
    probability: float


class NetworkAnswer(View):
    """What one network sees, the likeliest class first.

    forward_milliseconds    the forward pass alone, on a CPU
    total_milliseconds      also preparing the image, and reading the network if it was not in memory
    """

    top: list[ClassProbability]
    forward_milliseconds: float
    total_milliseconds: float


class ImageFacts(View):
    """The image as it was sent."""

    width: int
    height: int
    format: str


class PredictionView(View):
    """Student beside teacher.

    agree                 whether both name the same class first
    total_milliseconds    from the moment the image was here to the answer
    """

    job_id: str
    agree: bool
    student: NetworkAnswer
    teacher: NetworkAnswer
    image: ImageFacts
    total_milliseconds: float

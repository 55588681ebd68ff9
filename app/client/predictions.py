"""What a student and its teacher see on an image."""

from app.client.results import Result


class ClassProbability(Result):
    """A class, and how sure a network is of it, from 0 to 1."""

    class_name: str
    class_index: int
    probability: float


class NetworkAnswer(Result):
    """What one network sees, the likeliest class first.

    forward_milliseconds    of the forward pass alone
    total_milliseconds      also preparing the image, and reading the network if it was not in memory
    """

    top: tuple[ClassProbability, ...]
    forward_milliseconds: float
    total_milliseconds: float


class Prediction(Result):
    """Student beside teacher.

    agree                 whether both name the same class first
    total_milliseconds    inside the service, from the moment the image was there
    """

    job_id: str
    agree: bool
    student: NetworkAnswer
    teacher: NetworkAnswer
    total_milliseconds: float

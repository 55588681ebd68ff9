"""Every network of torchvision's that can be teacher or student, by the name that a spec gives."""

from collections.abc import Mapping

from worker.engine.models.architecture import Architecture
from worker.engine.models.convnext import CONVNEXTS
from worker.engine.models.densenet import DENSENETS
from worker.engine.models.efficientnet import EFFICIENTNETS
from worker.engine.models.mobilenet import MOBILENETS
from worker.engine.models.regnet import REGNETS
from worker.engine.models.resnet import RESNETS
from worker.engine.models.shufflenet import SHUFFLENETS
from worker.engine.models.vgg import VGGS

ARCHITECTURES: Mapping[str, Architecture] = {
    **RESNETS,
    **MOBILENETS,
    **SHUFFLENETS,
    **EFFICIENTNETS,
    **REGNETS,
    **CONVNEXTS,
    **DENSENETS,
    **VGGS,
}

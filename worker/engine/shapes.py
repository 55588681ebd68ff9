"""The shapes of the engine's tensors, by the names that the field uses."""

from jaxtyping import Float, Float64, Int64, UInt8
from torch import Tensor

Scalar = Float[Tensor, ""]
Logits = Float[Tensor, "batch classes"]
Targets = Float[Tensor, "batch classes"]  # probabilities, where labels say too little
Labels = Int64[Tensor, " batch"]
PerImage = Float[Tensor, " batch"]
Measures = Float[Tensor, " batch"]  # what is predicted where it is no class
Rows = Int64[Tensor, " batch"]  # row numbers in the source data set
Views = Int64[Tensor, " batch"]  # which of its views an image shows
Images = Float[Tensor, "batch 3 height width"]  # normalised, channels-last in memory
Maps = Float[Tensor, "batch channels height width"]  # the output of a stage
OtherMaps = Float[Tensor, "batch other_channels other_height other_width"]  # of another network
Pooled = Float[Tensor, "batch features"]  # what the last linear layer reads
OtherPooled = Float[Tensor, "batch other_features"]  # of another network
Likeness = Float[Tensor, "batch batch"]  # of each image of a batch with each
Pixels = UInt8[Tensor, "batch side side 3"]  # as stored: 0 to 255
RawRows = Float64[Tensor, "batch columns"]  # of a table, in its own units
RowInputs = Float[Tensor, "batch columns"]  # standardised
Inputs = Images | RowInputs

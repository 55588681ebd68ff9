"""What may stand behind the ? of an address: what a route names, and nothing else."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict


class ClosedQuery(BaseModel):
    """Query parameters of a route; a subclass names them. One that is not known is most often a typo."""

    model_config = ConfigDict(extra="forbid")


async def _none(_query: Annotated[ClosedQuery, Query()]) -> None:
    """The route takes no query parameter. It waits for nothing, and so for no thread either."""


NO_QUERY = [Depends(_none)]
# For what must not begin before that is known; the route has no NO_QUERY beside it.
NoQuery = Annotated[None, Depends(_none)]

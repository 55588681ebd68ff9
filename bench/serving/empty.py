"""What every figure is compared with: a route that does nothing, under the options of the real API.

python -m bench.serving.empty --port 8000
"""

import argparse

import uvicorn
from fastapi import FastAPI

from app.serve import OPTIONS

app = FastAPI()


@app.get("/")
async def nothing() -> dict[str, str]:
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(app, port=parser.parse_args().port, log_level="warning", **OPTIONS)


if __name__ == "__main__":
    main()

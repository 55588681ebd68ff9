# Two images from one file: `service` (API, dispatcher; the default) and `worker` (with torch).
#   docker build .    docker build --target worker .
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements.lock ./
COPY requirements/ requirements/
RUN python -m venv /opt/distillery \
    && /opt/distillery/bin/pip install --no-cache-dir "$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
ENV UV_NO_CACHE=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON=/opt/distillery/bin/python
RUN /opt/distillery/bin/uv pip install --require-hashes -r requirements/service.lock

FROM build AS build-worker
RUN /opt/distillery/bin/uv pip install --require-hashes -r requirements/worker.lock
COPY . .
RUN /opt/distillery/bin/uv pip install --no-deps .

FROM build AS build-service
COPY . .
RUN /opt/distillery/bin/uv pip install --no-deps .

FROM ${PYTHON_IMAGE} AS runtime
ENV PATH=/opt/distillery/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DISTILLERY_HOME=/var/lib/distillery
RUN useradd --create-home --uid 10001 distillery \
    && install --directory --owner distillery --mode 0700 /var/lib/distillery
USER 10001
VOLUME /var/lib/distillery

FROM runtime AS worker
COPY --from=build-worker /opt/distillery /opt/distillery
# Exec form: the process gets SIGTERM itself, and gives its job back before it ends.
CMD ["python", "-m", "worker.main"]

FROM runtime AS service
COPY --from=build-service /opt/distillery /opt/distillery
EXPOSE 8000
CMD ["python", "-m", "app.serve", "--host", "0.0.0.0", "--port", "8000"]

# One image for every process: API, dispatcher and worker differ in their command only.
ARG PYTHON_IMAGE=python:3.12-slim
FROM ${PYTHON_IMAGE} AS build

WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /opt/distillery \
    && /opt/distillery/bin/pip install --no-cache-dir "$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
ENV UV_NO_CACHE=1
RUN /opt/distillery/bin/uv pip install --python /opt/distillery/bin/python --require-hashes -r requirements.lock
COPY app app
COPY core core
COPY migrations migrations
COPY worker worker
RUN /opt/distillery/bin/uv pip install --python /opt/distillery/bin/python --no-deps .

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/distillery /opt/distillery
ENV PATH=/opt/distillery/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DISTILLERY_HOME=/var/lib/distillery
RUN useradd --create-home --uid 10001 distillery \
    && install --directory --owner distillery --mode 0700 /var/lib/distillery
USER 10001
VOLUME /var/lib/distillery
EXPOSE 8000
# Exec form: the process gets SIGTERM itself, and a worker gives its job back before it ends.
CMD ["python", "-m", "app.serve", "--host", "0.0.0.0", "--port", "8000"]

# syntax=docker/dockerfile:1

# Pin by digest where you build: --build-arg BASE=python:3.11-slim-bookworm@sha256:…
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# Two environments: one with the tools that build the wheel, and the one that is shipped.
COPY requirements.lock requirements-runtime.lock ./
RUN python -m venv /tools \
 && /tools/bin/pip install --quiet --require-hashes --requirement requirements.lock
RUN python -m venv /app \
 && /app/bin/pip install --quiet --require-hashes --requirement requirements-runtime.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY contracts contracts
COPY adapters adapters
COPY bridge bridge
RUN /tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /app/bin/pip install --quiet --no-deps /wheel/*.whl \
 && /app/bin/pip check \
 && /app/bin/pip uninstall --quiet --yes pip setuptools \
 && /app/bin/python -m compileall -q /app/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="casebridge" \
      org.opencontainers.image.description="Keeps one case alike in the case systems of two or more agencies" \
      org.opencontainers.image.licenses="EUPL-1.2"
RUN useradd --uid 10001 --user-group --home-dir /nonexistent --no-create-home \
        --shell /usr/sbin/nologin casebridge \
 && install -d -o casebridge -g casebridge /var/lib/casebridge
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/casebridge
# The only folder that is written: with a read-only root, mount a volume here.
VOLUME /var/lib/casebridge
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["casebridge", "health"]
ENTRYPOINT ["casebridge"]

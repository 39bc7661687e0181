# Two images from one file: `--target operator` and `--target worker`.
# BUILD_IMAGE is BASE_IMAGE with pip, where the base has none. Both have Debian's layout and Python.
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG BUILD_IMAGE=${BASE_IMAGE}
ARG VERSION=0.1.0

# The pip and setuptools that do the work come from our own lock, so that every base builds alike.
# The host's pip settings and certificates are mounted for one step and stay in no layer.
FROM ${BUILD_IMAGE} AS builder
ENV PIP_CONFIG_FILE=/run/secrets/pip_conf PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 \
    PIP_NO_DEPS=1 PIP_NO_INPUT=1 PIP_ONLY_BINARY=:all: PIP_ROOT_USER_ACTION=ignore
COPY requirements/build.txt /requirements/build.txt
RUN --mount=type=secret,id=pip_conf --mount=type=secret,id=ca_bundle \
    python3 -m venv --without-pip /opt/podium \
    && python3 -m pip install --target /opt/build --require-hashes -r /requirements/build.txt
ENV PATH=/opt/podium/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH=/opt/build

# Dependencies are a layer of their own: a change of source leaves them as they are.
# Of the Kubernetes client's generated models and calls hardly one is ever loaded: they are shipped
# as they are, without the compiled copy that would make up a sixth of the image.
FROM builder AS operator-dependencies
COPY requirements/operator.txt /requirements/operator.txt
RUN --mount=type=secret,id=pip_conf --mount=type=secret,id=ca_bundle \
    python -m pip install --ignore-installed --require-hashes -r /requirements/operator.txt \
    && find /opt/podium -path '*/kubernetes/*client/*/__pycache__' -prune -exec rm -r {} +

FROM builder AS worker-dependencies
COPY requirements/worker.txt /requirements/worker.txt
RUN --mount=type=secret,id=pip_conf --mount=type=secret,id=ca_bundle \
    python -m pip install --ignore-installed --require-hashes -r /requirements/worker.txt

FROM builder AS operator-source
COPY operator /source
RUN python -m pip install --no-index --no-build-isolation --prefix /built /source

FROM builder AS worker-source
COPY worker /source
RUN python -m pip install --no-index --no-build-isolation --prefix /built /source

# What runs: Python, no pip, no compiler, no package lists; a user without a name elsewhere.
FROM ${BASE_IMAGE} AS runtime
RUN rm -rf /usr/local/lib/python3.*/site-packages/* /usr/local/bin/pip* /var/lib/apt/lists/* \
    && echo 'podium:x:65532:' >> /etc/group \
    && echo 'podium:x:65532:65532::/tmp:/usr/sbin/nologin' >> /etc/passwd
ENV HOME=/tmp LOGNAME=podium PATH=/opt/podium/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 65532:65532
LABEL org.opencontainers.image.licenses=MIT org.opencontainers.image.vendor=Podium

FROM runtime AS operator
ARG VERSION
LABEL org.opencontainers.image.title=podium-operator \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.description="Podium's control plane: runs Livepeer orchestrators on Kubernetes"
COPY --from=operator-dependencies /opt/podium /opt/podium
COPY --from=operator-source /built /opt/podium
ENTRYPOINT ["podium-operator"]

FROM runtime AS worker
ARG VERSION
LABEL org.opencontainers.image.title=podium-worker \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.description="Podium's data plane: the Livepeer node, its transcoders and their queue"
ENV NVIDIA_DRIVER_CAPABILITIES=compute,video,utility
COPY --from=worker-dependencies /opt/podium /opt/podium
COPY --from=worker-source /built /opt/podium
ENTRYPOINT ["podium-worker"]

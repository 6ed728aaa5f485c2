# The image that runs `assay serve`, `assay web` and `assay worker`: no root, and nothing in it needs to be written to.
#   docker build -t assay . && docker run --read-only --tmpfs /tmp -v assay:/var/lib/assay -p 8000:8000 assay
# Pin the base by digest where you build for production: --build-arg BASE=python:3.11-slim-bookworm@sha256:…
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
RUN python -m venv /opt/assay
COPY requirements.txt ./
RUN /opt/assay/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
# What builds the wheel has its hashes in the other lock.
COPY requirements-dev.txt pyproject.toml README.md LICENSE app.yml ./
COPY app app
RUN python -m venv /build/tools \
 && /build/tools/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt \
 && /build/tools/bin/python -m hatchling build -t wheel \
 && /opt/assay/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps dist/*.whl

FROM ${BASE}
# git fetches the commits of pull requests that are larger than GitHub's lists (ASSAY_GIT_FETCH).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --home-dir /var/lib/assay --shell /usr/sbin/nologin assay \
 && install --directory --owner=assay --group=assay --mode=0700 /var/lib/assay
COPY --from=build /opt/assay /opt/assay
ENV PATH=/opt/assay/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    ASSAY_DATABASE_URL=sqlite:////var/lib/assay/assay.db \
    ASSAY_LISTEN=0.0.0.0:8000
USER 10001:10001
WORKDIR /var/lib/assay
VOLUME /var/lib/assay
EXPOSE 8000
# SIGTERM is what both the supervisor and the programs under it end cleanly on.
STOPSIGNAL SIGTERM
ENTRYPOINT ["assay"]
CMD ["serve"]

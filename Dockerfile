# The same bot as `make run`, without a root user. Data lives in /data.
FROM python:3.12-slim-bookworm

RUN useradd --create-home --uid 10001 parvis && mkdir /data && chown parvis /data
WORKDIR /srv/parvis
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY flows flows
COPY handlers handlers
COPY locales locales
COPY migrations migrations
RUN printf '#!/bin/sh\nPYTHONPATH=/srv/parvis exec python -m bot "$@"\n' > /usr/local/bin/parvis \
    && chmod 755 /usr/local/bin/parvis

USER parvis
ENV PARVIS_DATA=/data PARVIS_HTTP=0.0.0.0:8080 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
CMD ["parvis", "serve"]

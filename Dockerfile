# One image for everything of the stack that is Python: Airflow's services, the dashboard, the local market server.
# Any image with Python 3.11 or later and pip will do; the default is the Astro runtime that carries Airflow 3.3.
ARG BASE_IMAGE=astrocrpublic.azurecr.io/runtime:3.3-2-base
FROM ${BASE_IMAGE}

# Root builds, the user `astro` runs. The runtime has that user; another base image gets it here.
USER 0
WORKDIR /usr/local/airflow
RUN getent passwd astro || useradd --create-home --uid 50000 astro

# What changes rarely comes first: the dependencies, all but those below the mark, which the image does not run.
COPY requirements.txt requirements.lock /opt/stocklake/
RUN --mount=type=cache,target=/root/.cache \
    sed '/not in the container image/,$d' /opt/stocklake/requirements.txt > /opt/stocklake/image.txt \
    && python -m pip install --quiet --no-cache-dir --root-user-action=ignore uv==0.13.8 \
    && UV_LINK_MODE=copy python -m uv pip install --system --break-system-packages --quiet --compile-bytecode \
        --requirement /opt/stocklake/image.txt --constraint /opt/stocklake/requirements.lock

ENV AIRFLOW_HOME=/usr/local/airflow \
    PYTHONPATH=/usr/local/airflow \
    PYTHONUNBUFFERED=1 \
    STOCKLAKE_HOME=/usr/local/airflow/.stocklake \
    TINI_SUBREAPER=1 \
    TZ=UTC

# An empty airflow.cfg keeps Airflow from writing one with secrets: every setting comes through the environment.
RUN touch airflow.cfg && install --directory --owner=astro --mode=0700 .stocklake .stocklake/market logs

# The dbt project is parsed here, with no more of the code than that takes: it is parsed anew when one of these changes.
COPY include/__init__.py include/errors.py include/plain_text.py include/terminal.py include/tickers.py include/
COPY include/settings include/settings
COPY include/containers/__init__.py include/containers/dbt_manifest.py include/containers/
COPY include/gold include/gold
COPY dbt_project dbt_project
RUN STOCKLAKE_HOME=/tmp/stocklake python -m include.containers.dbt_manifest && rm -rf /tmp/stocklake

# What changes often comes last.
COPY include include
COPY dashboards dashboards
COPY dags dags

# By name, as the Astro CLI starts it: its number is the base image's.
# hadolint ignore=DL3066
USER astro

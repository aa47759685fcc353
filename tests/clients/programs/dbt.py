# client: dbt-bigquery
# packages: dbt-core<1.11 dbt-bigquery
# environment: dbt
# variables: HTTPS_PROXY NO_PROXY REQUESTS_CA_BUNDLE GCE_METADATA_HOST GCE_METADATA_IP
"""A project of one model: `dbt debug` and `dbt run`, with the method oauth and nothing behind it."""

import pathlib
import subprocess
import sys
from importlib.metadata import version

FILES = {
    "dbt_project.yml": """name: sandbox
profile: sandbox
model-paths: [models]
flags:
  send_anonymous_usage_stats: false
""",
    "profiles.yml": """sandbox:
  target: dev
  outputs:
    dev:
      type: bigquery
      method: oauth
      project: foo-project
      dataset: hoge_dataset
      threads: 1
""",
    "models/from_dbt.sql": "{{ config(materialized='table') }}\n"
    "SELECT id, name FROM hoge_dataset.fuga_table\n",
}


def dbt(*arguments):
    command = [str(pathlib.Path(sys.executable).parent / "dbt"), "--no-use-colors", *arguments]
    subprocess.run(command, check=True, timeout=110)


def main():
    print("version:", "dbt-bigquery", version("dbt-bigquery"), flush=True)
    for name, text in FILES.items():
        path = pathlib.Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    dbt("debug", "--profiles-dir", ".")
    dbt("run", "--profiles-dir", ".")
    print("got: debug, one model run")


main()

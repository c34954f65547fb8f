"""Rules for service levels and dashboards as code: `python -m deploy.observability` writes the files of the chart."""

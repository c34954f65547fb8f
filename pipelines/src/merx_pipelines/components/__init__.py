"""Steps as Kubeflow components: KFP ships a function's source alone, so each imports inside and calls one step."""

IMAGE = "merx/pipelines:0.1.0-python3.11"
"""What the components run in on a cluster; the chart's values replace it."""

"""Training, from the event log to a promoted model: plain steps, thin Kubeflow components, and the `merx` command."""

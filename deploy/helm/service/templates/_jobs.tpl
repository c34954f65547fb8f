{{/* Takes a dict: job (an entry of `jobs`) and pod (see "service.podTemplate"). */}}
{{- define "service.jobSpec" -}}
backoffLimit: {{ int (default 2 .job.retries) }}
activeDeadlineSeconds: {{ int (default 21600 .job.deadlineSeconds) }}
podFailurePolicy:
  rules:
    # The gate refused the model: trying again with the same records changes nothing.
    - action: FailJob
      onExitCodes: {containerName: {{ .pod.name }}, operator: In, values: [2]}
    # A node that went away is not the run's fault.
    - action: Ignore
      onPodConditions: [{type: DisruptionTarget, status: "True"}]
template:
  {{- include "service.podTemplate" .pod | nindent 2 }}
{{- end }}

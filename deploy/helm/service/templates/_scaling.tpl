{{/* Up at once and down slowly, for HPA and KEDA alike. */}}
{{- define "service.behavior" -}}
{{- $behavior := .Values.scaling.behavior -}}
scaleUp:
  stabilizationWindowSeconds: {{ int $behavior.upStabilizationSeconds }}
  selectPolicy: Max
  policies:
    - {type: Percent, value: {{ int $behavior.upPercent }}, periodSeconds: 15}
    - {type: Pods, value: {{ int $behavior.upPods }}, periodSeconds: 15}
scaleDown:
  stabilizationWindowSeconds: {{ int $behavior.downStabilizationSeconds }}
  selectPolicy: Max
  policies:
    - {type: Percent, value: {{ int $behavior.downPercent }}, periodSeconds: 60}
{{- end }}

{{/* One Prometheus trigger. Takes (list . name query threshold). AverageValue: KEDA's fallback knows no other. */}}
{{- define "service.trigger" -}}
{{- $root := index . 0 -}}
- type: prometheus
  name: {{ index . 1 }}
  metricType: AverageValue
  metadata:
    serverAddress: {{ $root.Values.global.monitoring.prometheusUrl | quote }}
    query: {{ index . 2 | quote }}
    threshold: {{ include "service.scalar" (index . 3) | quote }}
    # No answer is no answer, not a 0: the fallback takes over.
    ignoreNullValues: "false"
  {{- with $root.Values.scaling.keda.authenticationRef }}
  authenticationRef: {name: {{ . }}}
  {{- end }}
{{- end }}

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

{{/* Queue, GPU and latency, as the process and dcgm-exporter tell them. */}}
{{- define "service.plainTriggers" -}}
{{- $keda := .Values.scaling.keda -}}
{{- $pods := printf "namespace=%q,pod=~%q" .Release.Namespace (printf "%s-.+" (include "service.fullname" .)) -}}
{{- if $keda.queue.enabled }}
{{- $query := printf "sum(merx_http_requests_in_flight{%s}) + sum(merx_http_requests_queued{%s})" $pods $pods }}
{{- include "service.trigger" (list . "queue" $query $keda.queue.perReplica) | nindent 0 }}
{{- end }}
{{- if $keda.gpu.enabled }}
{{- $percent := eq $keda.gpu.metric "DCGM_FI_DEV_GPU_UTIL" | ternary "" "100 * " }}
{{- $labels := printf "%s=%q,%s=~%q" $keda.gpu.namespaceLabel .Release.Namespace $keda.gpu.podLabel (printf "%s-.+" (include "service.fullname" .)) }}
{{- $query := printf "%ssum(avg by (%s) (%s{%s}))" $percent $keda.gpu.podLabel $keda.gpu.metric $labels }}
{{- include "service.trigger" (list . "gpu" $query $keda.gpu.percent) | nindent 0 }}
{{- end }}
{{- if $keda.latency.enabled }}
{{- $quantile := printf "histogram_quantile(%v, sum by (le) (rate(merx_http_request_duration_seconds_bucket{%s,route=~%q}[2m])))" $keda.latency.quantile $pods "/v1/.*" }}
{{- /* Without a request there is no latency: that asks for nothing, and is no loss of the metric. */}}
{{- $query := printf "count(up{%s} == 1) * ((%s >= 0) or vector(0)) / %v" $pods $quantile $keda.latency.seconds }}
{{- include "service.trigger" (list . "latency" $query 1) | nindent 0 }}
{{- end }}
{{- end }}

{{/* How many replicas the recording rules want, by each signal; what the HPA makes of them is the largest. */}}
{{- define "service.wantedTriggers" -}}
{{- $name := include "service.name" . -}}
{{- range $signal := list "queue" "gpu" }}
{{- include "service.trigger" (list $ $signal (printf "merx:replicas_wanted:load{service=%q,signal=%q}" $name $signal) 1) | nindent 0 }}
{{- end }}
{{- include "service.trigger" (list . "latency" (printf "merx:replicas_wanted:latency{service=%q}" $name) 1) | nindent 0 }}
{{- end }}

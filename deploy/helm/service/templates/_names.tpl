{{- define "service.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "service.fullname" -}}
{{- default (printf "%s-%s" .Release.Name (include "service.name" .)) .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "service.labels" -}}
{{ include "service.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: merx
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "service.metadata" -}}
name: {{ include "service.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "service.labels" . | nindent 2 }}
{{- end }}

{{- define "service.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "service.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "service.image" -}}
{{- $image := .Values.image -}}
{{- $registry := default .Values.global.imageRegistry $image.registry -}}
{{- $name := $image.repository -}}
{{- if $registry }}{{ $name = printf "%s/%s" (trimSuffix "/" $registry) $name }}{{ end }}
{{- if $image.digest }}
{{- printf "%s@%s" $name $image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}

{{/* Whether there may be more than one replica. */}}
{{- define "service.scaled" -}}
{{- or .Values.scaling.hpa.enabled .Values.scaling.keda.enabled | ternary "true" "" }}
{{- end }}

{{- define "service.several" -}}
{{- if include "service.scaled" . }}{{ gt (int .Values.scaling.max) 1 | ternary "true" "" }}
{{- else }}{{ gt (int .Values.workload.replicas) 1 | ternary "true" "" }}{{ end }}
{{- end }}

{{/* A Service stands before it. */}}
{{- define "service.served" -}}
{{- ne .Values.workload.kind "None" | ternary "true" "" }}
{{- end }}

{{/* `helm test` asks it something. */}}
{{- define "service.tested" -}}
{{- and .Values.test.enabled (ne .Values.workload.kind "None") (eq .Values.probes.kind "http") | ternary "true" "" }}
{{- end }}

{{/* Numbers as people write them: Helm holds 2147483648 as 2.147483648e+09. */}}
{{- define "service.scalar" -}}
{{- if kindIs "float64" . }}{{ if eq . (floor .) }}{{ printf "%.0f" . }}{{ else }}{{ . }}{{ end }}
{{- else }}{{ . }}{{ end }}
{{- end }}

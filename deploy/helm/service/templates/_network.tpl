{{/* One egress rule. Takes (list peers ports protocols); no peers: to anywhere, on these ports alone. */}}
{{- define "service.egressRule" -}}
{{- $ports := index . 1 -}}
- ports:
    {{- range $protocol := index . 2 }}
    {{- range $ports }}
    - {port: {{ int . }}, protocol: {{ $protocol }}}
    {{- end }}
    {{- end }}
  {{- with index . 0 }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Pods of this release that have a label. Takes (list . label value). */}}
{{- define "service.podsWith" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
      {{ index . 1 }}: {{ index . 2 | quote }}
{{- end }}

{{/* Where a store is: in this release, or where global.<store> says. Takes (list . store workload port inside). */}}
{{- define "service.storeRule" -}}
{{- $root := index . 0 }}{{ $store := index $root.Values.global (index . 1) -}}
{{- if index . 4 }}
{{- $peers := include "service.podsWith" (list $root "app.kubernetes.io/name" (index . 2)) | fromYamlArray -}}
{{- include "service.egressRule" (list $peers (list (index . 3)) (list "TCP")) }}
{{- else }}
{{- include "service.egressRule" (list $store.peers $store.ports (list "TCP")) }}
{{- end }}
{{- end }}

{{- define "service.egressRules" -}}
{{- $global := .Values.global }}{{ $trial := $global.trial -}}
{{- $reached := include "service.reaches" . | fromJson -}}
{{- include "service.egressRule" (list $global.network.dns $global.network.dnsPorts (list "UDP" "TCP")) }}
{{- if $reached.eventLog }}
{{ include "service.storeRule" (list . "eventLog" "postgres" 5432 $trial.postgres) }}
{{- end }}
{{- if $reached.features }}
{{ include "service.storeRule" (list . "features" "valkey" 6379 $trial.valkey) }}
{{- end }}
{{- if $reached.artefacts }}
{{ include "service.storeRule" (list . "artefacts" "objectstore" 8333 $trial.objectstore) }}
{{- end }}
{{- if $reached.registry }}
{{ include "service.storeRule" (list . "registry" "mlflow" 5000 (not $global.registry.url)) }}
{{- end }}
{{- if and .Values.config.merx $global.otlp.endpoint }}
{{ include "service.egressRule" (list $global.otlp.peers $global.otlp.ports (list "TCP")) }}
{{- end }}
{{- if and .Values.config.uses.auth $global.auth.jwtIssuer }}
{{ include "service.egressRule" (list (list) $global.auth.ports (list "TCP")) }}
{{- end }}
{{- if eq .Values.workload.kind "RayService" }}
- to:
    {{- include "service.podsWith" (list . "app.kubernetes.io/name" (include "service.name" .)) | nindent 4 }}
{{- end }}
{{- with .Values.network.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "service.ingressRules" -}}
{{- $network := .Values.global.network }}{{ $serves := .Values.network.serves -}}
{{- $port := printf "{port: %d, protocol: TCP}" (int .Values.service.port) -}}
{{- if eq $serves "clients" }}
- ports: [{{ $port }}]
  from:
    - podSelector: {matchLabels: {merx.dev/client: "true"}}
    {{- with $network.clients }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- else if ne $serves "nobody" }}
- ports: [{{ $port }}]
  from:
    {{- include "service.podsWith" (list . (printf "reaches.merx.dev/%s" (kebabcase $serves)) "true") | nindent 4 }}
{{- end }}
{{- if and .Values.monitor.enabled (include "service.served" .) }}
- ports: [{{ $port }}]
  from:
    {{- toYaml $network.prometheus | nindent 4 }}
{{- end }}
{{- if include "service.tested" . }}
- ports: [{{ $port }}]
  from:
    - podSelector:
        matchLabels:
          {{- include "service.selectorLabels" . | nindent 10 }}
          merx.dev/role: test
{{- end }}
{{- if eq .Values.workload.kind "RayService" }}
- from:
    {{- include "service.podsWith" (list . "app.kubernetes.io/name" (include "service.name" .)) | nindent 4 }}
- ports: [{port: 8265, protocol: TCP}, {{ $port }}]
  from:
    {{- toYaml $network.rayOperator | nindent 4 }}
{{- end }}
{{- with .Values.network.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "service.environment" -}}
{{- $config := .Values.config }}{{ $uses := $config.uses }}{{ $global := .Values.global -}}
- name: HOME
  value: {{ .Values.workload.home }}
{{- if $config.merx }}
- name: MERX_HOME
  value: {{ .Values.workload.home }}
- name: MERX_EMBEDDED
  value: "false"
- name: MERX_PROMOTE_AUTOMATICALLY
  value: {{ $global.promoteAutomatically | quote }}
- name: MERX_CURRENCY
  value: {{ $global.currency }}
- name: MERX_LOG_LEVEL
  value: {{ $global.logLevel }}
{{- if $global.otlp.endpoint }}
- name: MERX_OTLP_ENDPOINT
  value: {{ $global.otlp.endpoint | quote }}
- name: MERX_TRACE_RATIO
  value: {{ $global.otlp.traceRatio | quote }}
{{- end }}
{{- end }}
{{- if $config.prefix }}
- name: {{ $config.prefix }}_HOST
  value: {{ $config.host | quote }}
- name: {{ $config.prefix }}_PORT
  value: {{ .Values.service.port | quote }}
- name: {{ $config.prefix }}_DRAIN_NOTICE_MS
  value: {{ .Values.workload.drainNoticeMs | int | quote }}
- name: {{ $config.prefix }}_DRAIN_SECONDS
  value: {{ .Values.workload.drainSeconds | int | quote }}
{{- end }}
{{- if $uses.eventLog }}
{{ include "service.secretVariable" (list . "MERX_DATABASE_URL" "eventLog" $global.eventLog.key) }}
{{- end }}
{{- if $uses.features }}
{{ include "service.secretVariable" (list . "MERX_FEAST_ONLINE" "features" $global.features.onlineKey) }}
{{ include "service.registryVariable" . }}
{{- end }}
{{- if $uses.artefacts }}
- name: MERX_ARTEFACTS_URL
  value: {{ $global.artefacts.url | quote }}
{{- include "service.s3Environment" . }}
{{- end }}
{{- if $uses.registry }}
- name: MERX_MLFLOW_URL
  value: {{ include "service.mlflowUrl" . | quote }}
- name: MERX_MLFLOW_ARTIFACTS_URL
  value: {{ $global.registry.artifactsUrl | quote }}
{{- end }}
{{- include "service.authEnvironment" . }}
{{- range $config.secretEnv }}
{{ include "service.secretVariable" (list $ .name .store .key) }}
{{- end }}
{{- include "service.settings" . }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "service.s3Environment" -}}
{{- $artefacts := .Values.global.artefacts -}}
{{- with include "service.s3Endpoint" . }}
- name: AWS_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
- name: AWS_DEFAULT_REGION
  value: {{ $artefacts.region | quote }}
{{- if $artefacts.useSecret }}
{{ include "service.secretVariable" (list . "AWS_ACCESS_KEY_ID" "artefacts" $artefacts.accessKeyKey) }}
{{ include "service.secretVariable" (list . "AWS_SECRET_ACCESS_KEY" "artefacts" $artefacts.secretKeyKey) }}
{{- end }}
{{- end }}

{{- define "service.authEnvironment" -}}
{{- $auth := .Values.global.auth -}}
{{- if .Values.config.uses.auth }}
{{- if $auth.apiKeys }}
- name: MERX_API_KEYS_FILE
  value: /etc/merx/keys/{{ $auth.key }}
{{- end }}
{{- if $auth.jwtIssuer }}
- name: MERX_JWT_ISSUER
  value: {{ $auth.jwtIssuer | quote }}
- name: MERX_JWT_JWKS_URL
  value: {{ $auth.jwtJwksUrl | quote }}
- name: MERX_JWT_AUDIENCE
  value: {{ $auth.jwtAudience | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The installation's settings, and above them the workload's own. */}}
{{- define "service.settings" -}}
{{- $settings := dict -}}
{{- if .Values.config.merx }}{{ $settings = mergeOverwrite $settings (deepCopy .Values.global.settings) }}{{ end }}
{{- $settings = mergeOverwrite $settings (deepCopy .Values.config.settings) }}
{{- range $name, $value := $settings }}
- name: {{ $name }}
  value: {{ tpl (include "service.scalar" $value) $ | quote }}
{{- end }}
{{- end }}

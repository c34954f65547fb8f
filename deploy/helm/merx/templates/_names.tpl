{{- define "merx.labels" -}}
app.kubernetes.io/name: merx
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: merx
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* A trial's password: the same at every render, another one for each release, store and seed. Takes (list . store). */}}
{{- define "merx.trialPassword" -}}
{{- $root := index . 0 -}}
{{- printf "%s/%s/%s/%s" $root.Values.global.trial.seed $root.Release.Namespace $root.Release.Name (index . 1) | sha256sum | trunc 40 }}
{{- end }}

{{- define "merx.trialKey" -}}
merx_{{ include "merx.trialPassword" (list . "api-key") }}
{{- end }}

{{/* A file's name as the name of an object. */}}
{{- define "merx.fileName" -}}
{{- base . | trimSuffix (ext .) | kebabcase | replace "_" "-" | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Writes the base URL before the `runbook_url` of every alert that tells a path. Takes (list base groups). */}}
{{- define "merx.placeRunbooks" -}}
{{- $base := index . 0 | trimSuffix "/" -}}
{{- range $group := index . 1 }}{{- range $rule := $group.rules }}
{{- $told := dig "annotations" "runbook_url" "" $rule }}
{{- if hasPrefix "docs/" $told }}{{ $_ := set $rule.annotations "runbook_url" (printf "%s/%s" $base $told) }}{{ end }}
{{- end }}{{- end }}
{{- end }}

{{/* Stores that the release brings itself count only with a URL to them; one that is off must be named. */}}
{{- define "merx.validate" -}}
{{- $global := .Values.global -}}
{{- if and (not .Values.mlflow.enabled) (not $global.registry.url) }}
{{- fail "\n\nmlflow.enabled is false and global.registry.url names no other MLflow: set one of them.\n" }}
{{- end }}
{{- if and .Values.mlflow.enabled $global.registry.url }}
{{- fail "\n\nglobal.registry.url names another MLflow, and mlflow.enabled would run one that nobody uses: set it to false.\n" }}
{{- end }}
{{- if not (or .Values.intake.enabled .Values.worker.enabled .Values.recommendation.enabled .Values.search.enabled .Values.pricing.enabled .Values.pipelines.enabled) }}
{{- fail "\n\nNo workload is enabled: there is nothing to install.\n" }}
{{- end }}
{{- end }}

{{/* The Secret of a store. Takes (list . "eventLog"); fails with what to do where none is named. */}}
{{- define "service.secretOf" -}}
{{- $root := index . 0 }}{{ $store := index . 1 -}}
{{- $global := $root.Values.global -}}
{{- $trial := $global.trial -}}
{{- $small := dict "eventLog" $trial.postgres "features" $trial.valkey "artefacts" $trial.objectstore "auth" (ne $trial.seed "") -}}
{{- $own := (index $global $store).existingSecret -}}
{{- if and (or $trial.postgres $trial.valkey $trial.objectstore) (not $trial.seed) }}
{{- fail "\n\nglobal.trial has a store on, and no seed to derive its password from: set global.trial.seed.\n" }}
{{- end }}
{{- if $own }}{{ $own }}
{{- else if and (index $small $store) (or (ne $store "auth") (not $global.existingSecret)) }}{{ $root.Release.Name }}-trial
{{- else if $global.existingSecret }}{{ $global.existingSecret }}
{{- else }}
{{- fail (printf "\n\n%s needs the Secret of global.%s: name it in global.existingSecret, or in global.%s.existingSecret.\nREADME, \"Secrets\", lists its keys and the command that makes it; for a trial without one see ci/minimal-values.yaml.\n" (include "service.name" $root) $store $store) }}
{{- end }}
{{- end }}

{{/* One variable from a Secret. Takes (list . name store key). */}}
{{- define "service.secretVariable" -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ include "service.secretOf" (list (index . 0) (index . 2)) }}
      key: {{ index . 3 }}
{{- end }}

{{/* Feast's registry lies in PostgreSQL: the trial's, or one that the features' own Secret names. */}}
{{- define "service.registryVariable" -}}
{{- $store := .Values.global.trial.postgres | ternary "eventLog" "features" -}}
{{- include "service.secretVariable" (list . "MERX_FEAST_REGISTRY" $store .Values.global.features.registryKey) }}
{{- end }}

{{- define "service.mlflowUrl" -}}
{{- default (printf "http://%s-mlflow:5000" .Release.Name) .Values.global.registry.url }}
{{- end }}

{{- define "service.s3Endpoint" -}}
{{- if and .Values.global.trial.objectstore (not .Values.global.artefacts.endpoint) }}http://{{ .Release.Name }}-objectstore:8333
{{- else }}{{ .Values.global.artefacts.endpoint }}{{ end }}
{{- end }}

{{/* The stores that a pod speaks to, as a JSON object of booleans; what its NetworkPolicy and its labels are made of. */}}
{{- define "service.reaches" -}}
{{- $uses := .Values.config.uses -}}
{{- $more := .Values.network.reaches -}}
{{- $reached := dict -}}
{{- if or $uses.eventLog $uses.features (has "eventLog" $more) }}{{ $_ := set $reached "eventLog" true }}{{ end }}
{{- range list "features" "artefacts" "registry" }}
{{- if or (index $uses .) (has . $more) }}{{ $_ := set $reached . true }}{{ end }}
{{- end }}
{{- toJson $reached }}
{{- end }}

{{- define "service.reachLabels" -}}
{{- range $store, $_ := include "service.reaches" . | fromJson }}
reaches.merx.dev/{{ kebabcase $store }}: "true"
{{- end }}
{{- end }}

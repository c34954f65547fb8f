{{/* Where Serve finds what it imports, and a replica for each worker with its cards; settings of one's own count above. */}}
{{- define "service.rayEnvironment" -}}
- {name: PYTHONPATH, value: /etc/merx/ray}
{{- $settings := .Values.config.settings }}
{{- $own := dict "REPLICAS" .Values.workload.replicas "GPUS" .Values.gpu.count }}
{{- range $name, $value := $own }}
{{- $variable := printf "%s_%s" $.Values.config.prefix $name }}
{{- if not (hasKey $settings $variable) }}
- {name: {{ $variable }}, value: {{ int $value | quote }}}
{{- end }}
{{- end }}
{{- end }}

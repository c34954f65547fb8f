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

{{/*
Takes (list . "head") or (list . "workers"). KubeRay's own probes call wget, which small images lack, and ask for Serve at
8000 unless a port is called "serve". These ask the same of Ray by Python.
*/}}
{{- define "service.rayProbes" -}}
{{- $root := index . 0 }}{{ $workers := eq (index . 1) "workers" -}}
{{- $raylet := "http://localhost:52365/api/local_raylet_healthz" -}}
{{- $serve := printf "http://localhost:%d/-/healthz" (int $root.Values.service.port) -}}
{{- $live := list $raylet (ternary "" "http://localhost:8265/api/gcs_healthz" $workers) | compact -}}
{{- $ask := "import sys, urllib.request as web; [web.urlopen(url, timeout=4).close() for url in sys.argv[1:]]" -}}
livenessProbe:
  exec: {command: {{ toJson (concat (list "python" "-c" $ask) $live) }}}
  initialDelaySeconds: 30
  periodSeconds: 15
  failureThreshold: 40
  timeoutSeconds: 10
readinessProbe:
  exec: {command: {{ toJson (concat (list "python" "-c" $ask) $live (ternary (list $serve) (list) $workers)) }}}
  initialDelaySeconds: 10
  periodSeconds: {{ int $root.Values.probes.periodSeconds }}
  failureThreshold: 2
  timeoutSeconds: 10
{{- end }}

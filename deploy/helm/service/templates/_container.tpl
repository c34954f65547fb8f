{{- define "service.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "service.container" -}}
{{- $root := .root }}{{ $workload := $root.Values.workload -}}
image: {{ include "service.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
{{- with default $workload.command .command }}
command: {{ toJson . }}
{{- end }}
{{- if .args }}
args: {{ toJson .args }}
{{- else if not .command }}
{{- with $workload.args }}
args:
  {{- range . }}
  - {{ tpl . $root | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- with $workload.workingDir }}
workingDir: {{ . }}
{{- end }}
{{ include "service.containerSecurity" $root }}
env:
  {{- if .bare }}
  - {name: HOME, value: /tmp}
  {{- else }}
  {{- include "service.environment" $root | nindent 2 }}
  {{- end }}
  {{- with .environment }}
  {{- . | nindent 2 }}
  {{- end }}
{{- if and $root.Values.extraEnvFrom (not .bare) }}
envFrom:
  {{- toYaml $root.Values.extraEnvFrom | nindent 2 }}
{{- end }}
{{- if .ports }}
ports:
  {{- toYaml .ports | nindent 2 }}
{{- end }}
{{- if .probed }}
{{- include "service.probes" $root | nindent 0 }}
{{- else if .ray }}
{{- include "service.rayProbes" (list $root .ray) | nindent 0 }}
{{- end }}
resources:
  {{- include "service.resources" . | nindent 2 }}
volumeMounts:
  {{- if .bare }}
  - {name: tmp, mountPath: /tmp}
  {{- else }}
  {{- include "service.mounts" $root | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "service.resources" -}}
{{- $gpu := .root.Values.gpu -}}
{{- $resources := deepCopy (default .root.Values.workload.resources .resources) -}}
{{- if and (gt (int $gpu.count) 0) (eq .role "server") (not .withoutGpu) }}
{{- $share := dict $gpu.resource (int $gpu.count) -}}
{{- $_ := set $resources "limits" (merge (dict) $share (default dict $resources.limits)) -}}
{{- $_ := set $resources "requests" (merge (dict) $share (default dict $resources.requests)) -}}
{{- end }}
{{- toYaml $resources }}
{{- end }}

{{- define "service.probes" -}}
{{- $probes := .Values.probes -}}
startupProbe:
  {{- include "service.probe" (list . $probes.live) | nindent 2 }}
  periodSeconds: {{ int $probes.periodSeconds }}
  failureThreshold: {{ div (int $probes.startSeconds) (int $probes.periodSeconds) | max 1 }}
  timeoutSeconds: 5
livenessProbe:
  {{- include "service.probe" (list . $probes.live) | nindent 2 }}
  periodSeconds: {{ mul 2 (int $probes.periodSeconds) }}
  failureThreshold: 6
  timeoutSeconds: 5
readinessProbe:
  {{- include "service.probe" (list . $probes.ready) | nindent 2 }}
  periodSeconds: {{ int $probes.periodSeconds }}
  failureThreshold: 2
  timeoutSeconds: 3
{{- end }}

{{- define "service.probe" -}}
{{- $root := index . 0 -}}
{{- if eq $root.Values.probes.kind "http" -}}
httpGet: {path: {{ index . 1 }}, port: {{ $root.Values.service.portName }}}
{{- else if eq $root.Values.probes.kind "tcp" -}}
tcpSocket: {port: {{ $root.Values.service.portName }}}
{{- else -}}
exec: {command: {{ toJson $root.Values.probes.command }}}
{{- end }}
{{- end }}

{{/*
The one pod template: of StatefulSet, Deployment, RayService, Jobs and tests alike.
Takes a dict: root; role (server, job, test); home (see "service.volumes"); and optionally name, command, args, probed,
restart, resources, labels, environment (YAML), ports, ray ("head" or "workers"), withoutGpu, and bare: a pod without
stores, settings and volumes.
*/}}
{{- define "service.podTemplate" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "service.selectorLabels" $root | nindent 4 }}
    app.kubernetes.io/part-of: merx
    merx.dev/role: {{ .role }}
    {{- include "service.reachLabels" $root | nindent 4 }}
    {{- with merge (dict) (default dict .labels) $root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with merge (dict) (include "service.podChecksums" $root | fromYaml) $root.Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "service.podSpec" . | nindent 2 }}
{{- end }}

{{/* A changed file starts pods anew; a changed setting does so by itself. */}}
{{- define "service.podChecksums" -}}
{{- if .Values.config.files }}
merx.dev/files: {{ toJson .Values.config.files | sha256sum | trunc 16 }}
{{- end }}
{{- end }}

{{- define "service.podSpec" -}}
{{- $root := .root }}{{ $workload := $root.Values.workload -}}
serviceAccountName: {{ include "service.serviceAccountName" $root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- if not $root.Values.global.openshift }}
  runAsUser: {{ int $workload.runAsUser }}
  runAsGroup: {{ int $workload.runAsUser }}
  fsGroup: {{ int $workload.runAsUser }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile: {type: RuntimeDefault}
{{- with .restart }}
restartPolicy: {{ . }}
{{- end }}
{{- if eq .role "server" }}
terminationGracePeriodSeconds: {{ int $workload.terminationGracePeriodSeconds }}
{{- end }}
{{- include "service.placement" . }}
{{- include "service.initContainers" . }}
containers:
  - name: {{ default (include "service.name" $root) .name }}
    {{- include "service.container" . | nindent 4 }}
  {{- if eq .role "server" }}
  {{- with $root.Values.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- end }}
volumes:
  {{- if .bare }}
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- else }}
  {{- include "service.volumes" (list $root .home) | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "service.placement" -}}
{{- $root := .root }}{{ $workload := $root.Values.workload -}}
{{- with $workload.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $workload.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $workload.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $workload.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $workload.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and (eq .role "server") $workload.spread.enabled (include "service.several" $root) }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ $workload.spread.topologyKey }}
    whenUnsatisfiable: {{ $workload.spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "service.selectorLabels" $root | nindent 8 }}
        merx.dev/role: server
{{- end }}
{{- end }}

{{- define "service.initContainers" -}}
{{- $root := .root -}}
{{- $migrates := and $root.Values.config.uses.eventLog $root.Values.config.migrate.enabled (eq .role "server") -}}
{{- if or $migrates (and $root.Values.extraInitContainers (eq .role "server")) }}
initContainers:
  {{- if $migrates }}
  - name: migrate
    image: {{ include "service.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    command: [python, -c]
    args:
      - {{ $root.Files.Get "files/migrate.py" | quote }}
      - {{ int $root.Values.config.migrate.waitSeconds | quote }}
    {{- include "service.containerSecurity" $root | nindent 4 }}
    env:
      - {name: HOME, value: /tmp}
      - {name: MERX_HOME, value: /tmp}
      {{- include "service.secretVariable" (list $root "MERX_DATABASE_URL" "eventLog" $root.Values.global.eventLog.key) | nindent 6 }}
    resources:
      requests: {cpu: 50m, memory: 256Mi}
      limits: {memory: 512Mi}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
  {{- end }}
  {{- with $root.Values.extraInitContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* What is mounted in every container of the pod. */}}
{{- define "service.mounts" -}}
- name: home
  mountPath: {{ .Values.workload.home }}
- name: tmp
  mountPath: /tmp
{{- if .Values.workload.scratch.shm }}
- name: shm
  mountPath: /dev/shm
{{- end }}
{{- range $index, $folder := .Values.workload.scratch.folders }}
- name: scratch-{{ $index }}
  mountPath: {{ $folder }}
{{- end }}
{{- if .Values.config.files }}
- name: files
  mountPath: /etc/merx/files
  readOnly: true
{{- end }}
{{- if eq .Values.workload.kind "RayService" }}
- name: ray
  mountPath: /etc/merx/ray
  readOnly: true
{{- end }}
{{- if and .Values.config.uses.auth .Values.global.auth.apiKeys }}
- name: keys
  mountPath: /etc/merx/keys
  readOnly: true
{{- end }}
{{- range $index, $file := .Values.config.secretFiles }}
- name: secret-{{ $index }}
  mountPath: {{ $file.folder }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Takes (list . home), `home` being how the volume at `workload.home` is had: "template", "claim" or "scratch". */}}
{{- define "service.volumes" -}}
{{- $root := index . 0 }}{{ $home := index . 1 }}{{ $scratch := $root.Values.workload.scratch -}}
{{- if eq $home "claim" }}
- name: home
  persistentVolumeClaim:
    claimName: {{ default (include "service.fullname" $root) $root.Values.persistence.existingClaim }}
{{- else if eq $home "scratch" }}
- name: home
  emptyDir: {sizeLimit: {{ $root.Values.persistence.size }}}
{{- end }}
- name: tmp
  emptyDir: {sizeLimit: {{ $scratch.tmp }}}
{{- if $scratch.shm }}
- name: shm
  emptyDir: {medium: Memory, sizeLimit: {{ $scratch.shm }}}
{{- end }}
{{- range $index, $folder := $scratch.folders }}
- name: scratch-{{ $index }}
  emptyDir: {sizeLimit: {{ $scratch.tmp }}}
{{- end }}
{{- if $root.Values.config.files }}
- name: files
  configMap: {name: {{ include "service.fullname" $root }}-files}
{{- end }}
{{- if eq $root.Values.workload.kind "RayService" }}
- name: ray
  configMap: {name: {{ include "service.fullname" $root }}-ray}
{{- end }}
{{- if and $root.Values.config.uses.auth $root.Values.global.auth.apiKeys }}
- name: keys
  secret:
    secretName: {{ include "service.secretOf" (list $root "auth") }}
    items: [{key: {{ $root.Values.global.auth.key }}, path: {{ $root.Values.global.auth.key }}}]
{{- end }}
{{- range $index, $file := $root.Values.config.secretFiles }}
- name: secret-{{ $index }}
  secret:
    secretName: {{ include "service.secretOf" (list $root $file.store) }}
    items: [{key: {{ $file.key }}, path: {{ $file.key }}}]
{{- end }}
{{- with $root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* How the volume at `workload.home` is had. */}}
{{- define "service.home" -}}
{{- if not .Values.persistence.enabled }}scratch
{{- else if eq .Values.workload.kind "StatefulSet" }}template
{{- else if eq .Values.workload.kind "RayService" }}scratch
{{- else }}claim
{{- end }}
{{- end }}

{{- define "service.claim" -}}
accessModes: {{ toJson .Values.persistence.accessModes }}
{{- with default .Values.global.storageClass .Values.persistence.storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests: {storage: {{ .Values.persistence.size }}}
{{- end }}

{{/* What a schema cannot say; each sentence says what to do. */}}
{{- define "service.validate" -}}
{{- $name := include "service.name" . -}}
{{- $workload := .Values.workload -}}
{{- if and .Values.scaling.hpa.enabled .Values.scaling.keda.enabled }}
{{- fail (printf "\n\n%s: scaling.hpa and scaling.keda are both on, and would undo each other's work: turn one off.\n" $name) }}
{{- end }}
{{- if and (include "service.scaled" .) (has $workload.kind (list "RayService" "None")) }}
{{- fail (printf "\n\n%s: a workload of kind %s is not scaled by HPA or KEDA: turn scaling.hpa and scaling.keda off.\n" $name $workload.kind) }}
{{- end }}
{{- if and (include "service.scaled" .) (gt (int .Values.scaling.min) (int .Values.scaling.max)) }}
{{- fail (printf "\n\n%s: scaling.min (%d) is more than scaling.max (%d).\n" $name (int .Values.scaling.min) (int .Values.scaling.max)) }}
{{- end }}
{{- if and .Values.scaling.keda.enabled .Values.scaling.keda.gpu.enabled (eq (int .Values.gpu.count) 0) }}
{{- fail (printf "\n\n%s: scaling.keda.gpu is on, and gpu.count is 0: there is no GPU to measure.\n" $name) }}
{{- end }}
{{- if and .Values.scaling.keda.enabled (not (or .Values.scaling.keda.rules .Values.scaling.keda.queue.enabled .Values.scaling.keda.gpu.enabled .Values.scaling.keda.latency.enabled)) }}
{{- fail (printf "\n\n%s: scaling.keda is on without a trigger: turn on queue, gpu or latency.\n" $name) }}
{{- end }}
{{- if and (eq $workload.kind "Deployment") .Values.persistence.enabled (include "service.several" .) (not (has "ReadWriteMany" .Values.persistence.accessModes)) }}
{{- fail (printf "\n\n%s: several replicas of a Deployment share one volume: make persistence.accessModes [ReadWriteMany], or workload.kind StatefulSet, or persistence.enabled false.\n" $name) }}
{{- end }}
{{- if and (eq $workload.kind "StatefulSet") .Values.persistence.existingClaim }}
{{- fail (printf "\n\n%s: persistence.existingClaim is one volume, and each replica of a StatefulSet has its own: make workload.kind Deployment.\n" $name) }}
{{- end }}
{{- if le (int $workload.terminationGracePeriodSeconds) (add (div (int $workload.drainNoticeMs) 1000) (int $workload.drainSeconds)) }}
{{- fail (printf "\n\n%s: workload.terminationGracePeriodSeconds (%d) leaves no time after drainNoticeMs and drainSeconds: raise it.\n" $name (int $workload.terminationGracePeriodSeconds)) }}
{{- end }}
{{- if and .Values.config.uses.auth (not .Values.global.auth.apiKeys) (not .Values.global.auth.jwtIssuer) }}
{{- fail (printf "\n\n%s would be open to everybody, and refuses to start so: set global.auth.apiKeys or global.auth.jwtIssuer.\n" $name) }}
{{- end }}
{{- if and .Values.global.auth.jwtIssuer (not .Values.global.auth.jwtJwksUrl) }}
{{- fail "\n\nglobal.auth.jwtIssuer is set without global.auth.jwtJwksUrl, where its keys are.\n" }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
{{- fail (printf "\n\n%s: ingress.enabled without ingress.hosts.\n" $name) }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- fail (printf "\n\n%s: httpRoute.enabled without httpRoute.parentRefs: name the Gateway.\n" $name) }}
{{- end }}
{{- end }}

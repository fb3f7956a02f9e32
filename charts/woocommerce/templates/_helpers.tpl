{{/* `labels`, `podLabels` and `selector` take (dict "root" . "component" "web"). */}}
{{- define "labels" -}}
{{ include "podLabels" . }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* Labels of pods: never the chart's version, or a new chart would restart every shop's database. */}}
{{- define "podLabels" -}}
{{ include "selector" . }}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: storefleet
storefleet.dev/store: {{ .root.Values.store.name }}
{{- end }}

{{/* Labels that select pods; a selector can never be changed. */}}
{{- define "selector" -}}
app.kubernetes.io/instance: {{ .root.Values.store.name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Pod Security `restricted` for one user id, whose group owns volumes and secret files. */}}
{{- define "podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/*
Takes (dict "root" . "component" "web"). What is reserved is what an idle container uses, so that shops pack
densely; the CPU limit keeps one busy shop from starving its neighbours.
*/}}
{{- define "resources" -}}
{{- $memory := index .root.Values.resources .component -}}
requests: {cpu: 20m, memory: {{ $memory.request }}}
limits: {cpu: "1", memory: {{ $memory.limit }}}
{{- end }}

{{/* A quantity of memory in Mi, as a number. */}}
{{- define "mebibytes" -}}
{{- if hasSuffix "Gi" . }}{{ mul 1024 (trimSuffix "Gi" . | int) }}{{ else }}{{ trimSuffix "Mi" . }}{{ end -}}
{{- end }}

{{/*
Takes (dict "root" . "name" "content" "size" "1Gi"). A claim that exists keeps its size: none can shrink, and most
storage classes cannot grow one either, which would fail the upgrade. Enlarge it with kubectl where the class can.
*/}}
{{- define "claimSize" -}}
{{- $found := lookup "v1" "PersistentVolumeClaim" .root.Release.Namespace .name -}}
{{- dig "spec" "resources" "requests" "storage" .size $found -}}
{{- end }}

{{/* Takes (dict "root" . "keys" (list "database-password")): a container sees the keys that it needs. */}}
{{- define "secretsVolume" -}}
- name: secrets
  secret:
    secretName: {{ .root.Values.secretName }}
    defaultMode: 0440
    items:
      {{- range .keys }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end }}

{{/* A string as an environment value, in which Kubernetes would expand $(NAME). */}}
{{- define "literal" -}}
{{ . | replace "$" "$$" | toJson }}
{{- end }}

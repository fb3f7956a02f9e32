{{/* What the cache may hold. The other half is for the server itself, its connections, and memory between values. */}}
{{- define "cacheMemory" -}}
{{- div (include "mebibytes" .Values.resources.cache.limit | int) 2 }}mb
{{- end }}

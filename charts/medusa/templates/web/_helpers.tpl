{{- define "medusaEnv" -}}
- {name: DATABASE_HOST, value: postgres}
- {name: DATABASE_NAME, value: medusa}
- {name: DATABASE_USER, value: medusa}
- {name: DATABASE_PASSWORD_FILE, value: /run/secrets/store/database-password}
- {name: STORE_SECRET_FILE, value: /run/secrets/store/application-secret}
- {name: STORE_URL, value: {{ include "publicUrl" . | quote }}}
{{- end }}

{{- define "medusaMounts" -}}
- {name: secrets, mountPath: /run/secrets/store, readOnly: true}
- {name: tmp, mountPath: /tmp}
- {name: content, mountPath: /srv/static, subPath: static}
{{- end }}

{{/* Takes (dict "root" . "keys" (list ...)). Uploads pass through memory; /tmp holds what exports gather. */}}
{{- define "medusaVolumes" -}}
{{ include "secretsVolume" . }}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
- name: content
  persistentVolumeClaim: {claimName: content}
{{- end }}

{{/* Keeps pods that share the ReadWriteOnce uploads on one node; the first of them goes anywhere. */}}
{{- define "besideWeb" -}}
podAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels: {{- include "selector" (dict "root" . "component" "web") | nindent 10 }}
{{- end }}

{{/* What a browser types; refuses a URL whose host the ingress would not lead here. */}}
{{- define "publicUrl" -}}
{{- if ne (urlParse .Values.store.url).hostname .Values.store.host -}}
{{- fail (printf "store.url %s and store.host %s name different hosts: make them the same" .Values.store.url .Values.store.host) -}}
{{- end -}}
{{ .Values.store.url }}
{{- end }}

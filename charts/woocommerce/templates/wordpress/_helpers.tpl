{{- define "wordpressEnv" -}}
- {name: WORDPRESS_DB_HOST, value: mariadb}
- {name: WORDPRESS_DB_NAME, value: wordpress}
- {name: WORDPRESS_DB_USER, value: wordpress}
- {name: WORDPRESS_DB_PASSWORD_FILE, value: /run/secrets/store/database-password}
- {name: WORDPRESS_CACHE_HOST, value: "mariadb:6379"}
- {name: WORDPRESS_SECRET_FILE, value: /run/secrets/store/application-secret}
- {name: WORDPRESS_URL, value: {{ .Values.store.url | quote }}}
- {name: WORDPRESS_DISABLE_CRON, value: "1"}
- {name: STORE_XMLRPC, value: {{ .Values.settings.xmlrpc | quote }}}
{{- with .Values.settings }}
- {name: STORE_MAIL_FROM, value: {{ .mailFrom | quote }}}
{{- if .smtpHost }}
- {name: STORE_SMTP_HOST, value: {{ .smtpHost | quote }}}
- {name: STORE_SMTP_PORT, value: {{ .smtpPort | quote }}}
- {name: STORE_SMTP_USER, value: {{ include "literal" .smtpUser }}}
- {name: STORE_SMTP_PASSWORD_FILE, value: /run/secrets/settings/smtp-password}
{{- end }}
{{- end }}
{{- end }}

{{- define "wordpressMounts" -}}
- {name: secrets, mountPath: /run/secrets/store, readOnly: true}
{{- if .Values.settings.smtpHost }}
- {name: settings, mountPath: /run/secrets/settings, readOnly: true}
{{- end }}
- {name: tmp, mountPath: /tmp}
- {name: content, mountPath: /srv/wordpress/wp-content/uploads, subPath: uploads}
{{- end }}

{{/* Takes (dict "root" . "keys" (list ...)). Room for eight uploads of 32 MB at a time. */}}
{{- define "wordpressVolumes" -}}
{{ include "secretsVolume" . }}
{{- if .root.Values.settings.smtpHost }}
- name: settings # made when the owner sets a password
  secret:
    secretName: {{ .root.Values.secretName }}-settings
    defaultMode: 0440
    optional: true
    items: [{key: smtpPassword, path: smtp-password}]
{{- end }}
- name: tmp
  emptyDir: {sizeLimit: 512Mi}
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

{{/*
Host header of the public URL, with its port: to any other, WordPress answers with a redirect.
Refuses values that would make a shop which redirects for ever.
*/}}
{{- define "publicHost" -}}
{{- $url := urlParse .Values.store.url -}}
{{- if ne $url.hostname .Values.store.host -}}
{{- fail (printf "store.url %s and store.host %s name different hosts: make them the same" .Values.store.url .Values.store.host) -}}
{{- end -}}
{{ $url.host }}
{{- end }}

{{- define "publicScheme" -}}
{{ (urlParse .Values.store.url).scheme }}
{{- end }}

{{/*
Requests at a time: each may grow to 32Mi and more, and the database takes 30 connections of web, Jobs and an upgrade
together.
*/}}
{{- define "webWorkers" -}}
{{- max 4 (min 12 (div (include "mebibytes" .Values.resources.web.limit | int) 32)) }}
{{- end }}

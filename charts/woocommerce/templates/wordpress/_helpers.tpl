{{- define "wordpressEnv" -}}
- {name: WORDPRESS_DB_HOST, value: mariadb}
- {name: WORDPRESS_DB_NAME, value: wordpress}
- {name: WORDPRESS_DB_USER, value: wordpress}
- {name: WORDPRESS_DB_PASSWORD_FILE, value: /run/secrets/store/database-password}
- {name: WORDPRESS_SECRET_FILE, value: /run/secrets/store/application-secret}
- {name: WORDPRESS_URL, value: {{ .Values.store.url | quote }}}
- {name: WORDPRESS_DISABLE_CRON, value: "1"}
{{- end }}

{{- define "wordpressMounts" -}}
- {name: secrets, mountPath: /run/secrets/store, readOnly: true}
- {name: tmp, mountPath: /tmp}
- {name: content, mountPath: /srv/wordpress/wp-content/uploads, subPath: uploads}
{{- end }}

{{/* Takes (dict "root" . "keys" (list ...)). Room for eight uploads of 32 MB at a time. */}}
{{- define "wordpressVolumes" -}}
{{ include "secretsVolume" . }}
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

{{/* PHP that exits 0 when the front page answers 200 without a redirect; arguments: host, scheme. */}}
{{- define "shopAnswers" -}}
[, $host, $scheme] = $argv; $headers = @get_headers("http://127.0.0.1:8080/", false, stream_context_create(["http" => ["follow_location" => 0, "timeout" => 5, "header" => ["Host: $host", "X-Forwarded-Proto: $scheme"]]])); exit($headers && str_contains($headers[0], " 200") ? 0 : 1);
{{- end }}

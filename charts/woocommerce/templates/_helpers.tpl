{{- define "labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Values.store.name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: storefleet
storefleet.dev/store: {{ .Values.store.name }}
{{- end }}

{{/* Labels that select pods: never the chart's version, or an upgrade could not find them. */}}
{{- define "selector" -}}
app.kubernetes.io/instance: {{ .root.Values.store.name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

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

{{- define "wordpressVolumes" -}}
- name: secrets
  secret: {secretName: {{ .Values.secretName }}, defaultMode: 0440}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
- name: content
  persistentVolumeClaim: {claimName: content}
{{- end }}

{{/* PHP that exits 0 when the front page answers 200 without a redirect. */}}
{{- define "shopAnswers" -}}
$h = @get_headers('http://127.0.0.1:8080/', false, stream_context_create(['http' => ['follow_location' => 0, 'header' => "Host: {{ .Values.store.host }}\r\nX-Forwarded-Proto: {{ ternary "https" "http" (ne .Values.ingress.tlsIssuer "") }}"]])); exit($h && str_contains($h[0], ' 200 ') ? 0 : 1);
{{- end }}

{{- define "replicante.labels" -}}
app.kubernetes.io/name: replicante
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}
{{- define "replicante.name" -}}
{{ .root.Release.Name }}-{{ .service }}
{{- end }}

{{- $root := . }}
{{- if .Values.networkPolicy.enabled }}
{{- range $service, $of := .Values.services }}
{{- $scope := dict "root" $root "service" $service }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "replicante.name" $scope }}
  labels: {{- include "replicante.labels" $scope | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "replicante.labels" $scope | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    {{- if not $of.probePort }}
    - ports: [{ port: 16020 }]
    {{- end }}
    {{- range $name, $port := $of.ports }}
    - ports: [{ port: {{ $port }} }]
      from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: replicante
              app.kubernetes.io/instance: {{ $root.Release.Name }}
        {{- with $root.Values.networkPolicy.from }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- end }}
{{- end }}
{{- end }}

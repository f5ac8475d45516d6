{{- $root := . }}
{{- range $service, $of := .Values.services }}
{{- $scope := dict "root" $root "service" $service }}
{{- $probePort := int ($of.probePort | default 16020) }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "replicante.name" $scope }}
  labels: {{- include "replicante.labels" $scope | nindent 4 }}
spec:
  replicas: {{ $of.replicas }}
  # The new one first, one at a time: each hands its leases over as it ends.
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels: {{- include "replicante.labels" $scope | nindent 6 }}
  template:
    metadata:
      labels: {{- include "replicante.labels" $scope | nindent 8 }}
      annotations:
        checksum/settings: {{ toJson (list $root.Values.settings $of.settings) | sha256sum }}
        prometheus.io/scrape: 'true'
        prometheus.io/path: /metrics
        prometheus.io/port: {{ $probePort | quote }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      automountServiceAccountToken: false
      # Kubernetes would add variables named after services: one called "probe" makes a PROBE_PORT.
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
      securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: RuntimeDefault } }
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ $key }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "replicante.labels" $scope | nindent 14 }}
        {{- end }}
      containers:
        - name: {{ $service }}
          image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [dist/apps/{{ $service }}/src/main.js]
          env:
            - name: INSTANCE_NAME
              valueFrom: { fieldRef: { fieldPath: metadata.name } }
            {{- if eq $service "worker" }}
            - name: COMMAND_ADDRESS
              value: {{ include "replicante.name" (dict "root" $root "service" "command") }}:{{ $root.Values.services.command.ports.grpc }}
            {{- end }}
            {{- if not $of.probePort }}
            - name: PROBE_HOST
              value: '0.0.0.0'
            - name: PROBE_PORT
              value: {{ $probePort | quote }}
            {{- end }}
            {{- range $name, $value := merge (dict) ($of.settings | default dict) $root.Values.settings }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
            {{- range $name := $of.secrets }}
            {{- with index $root.Values.secrets.keys $name }}
            - name: {{ $name }}
              valueFrom: { secretKeyRef: { name: {{ $root.Values.secrets.name }}, key: {{ . }} } }
            {{- end }}
            {{- end }}
          ports:
            {{- if not $of.probePort }}
            - { name: probes, containerPort: {{ $probePort }} }
            {{- end }}
            {{- range $name, $port := $of.ports }}
            - { name: {{ $name }}, containerPort: {{ $port }} }
            {{- end }}
          # A slow boot is not killed; a process that hangs is; one that is not ready gets no calls.
          startupProbe: { httpGet: { path: /livez, port: {{ $probePort }} }, periodSeconds: 2, failureThreshold: 60 }
          livenessProbe: { httpGet: { path: /livez, port: {{ $probePort }} }, periodSeconds: 10, timeoutSeconds: 3 }
          readinessProbe: { httpGet: { path: /readyz, port: {{ $probePort }} }, periodSeconds: 5, timeoutSeconds: 3 }
          {{- if $of.ports }}
          # Who sends calls here learns of the end a moment later: until then it goes on taking them.
          lifecycle: { preStop: { exec: { command: [sleep, {{ $root.Values.pauseBeforeStopSeconds | quote }}] } } }
          {{- end }}
          resources: {{- toYaml $of.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          {{- if and (eq $service "worker") $root.Values.managedSecrets.name }}
          volumeMounts:
            - { name: managed-secrets, mountPath: {{ $of.settings.SECRET_FILES_BELOW }}, readOnly: true }
          {{- end }}
      {{- if and (eq $service "worker") $root.Values.managedSecrets.name }}
      volumes:
        - name: managed-secrets
          # 288 is 0440, which YAML 1.2 would take for four hundred and forty.
          secret: { secretName: {{ $root.Values.managedSecrets.name }}, defaultMode: 288 }
      {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "replicante.name" $scope }}
  labels: {{- include "replicante.labels" $scope | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "replicante.labels" $scope | nindent 6 }}
{{- if $of.ports }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "replicante.name" $scope }}
  labels: {{- include "replicante.labels" $scope | nindent 4 }}
spec:
  {{- if $of.headless }}
  clusterIP: None
  {{- end }}
  selector: {{- include "replicante.labels" $scope | nindent 4 }}
  ports:
    {{- range $name, $port := $of.ports }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $name }} }
    {{- end }}
{{- end }}
{{- end }}

{{- define "podium.name" -}}
{{- if contains "podium" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-podium" (.Release.Name | trunc 43 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "podium.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "podium.name" .) }}{{ else }}{{ required "set serviceAccount.name, or leave serviceAccount.create true" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "podium.selector" -}}
app.kubernetes.io/name: podium
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end }}

{{- /* The pod of `helm test`. */ -}}
{{- define "podium.testLabels" -}}
app.kubernetes.io/name: podium
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: test
{{- end }}

{{- /* Whether others than loopback may ask for the live page. */ -}}
{{- define "podium.pageIsExposed" -}}
{{- if and .Values.livePage.enabled .Values.livePage.exposed }}true{{ end }}
{{- end }}

{{- /* Whether the operator sees nodes: only where its scope is the cluster. */ -}}
{{- define "podium.heedsNotices" -}}
{{- if and .Values.spotNotices.enabled (eq .Values.scope.mode "cluster") (or .Values.spotNotices.taints .Values.spotNotices.conditions) }}true{{ end }}
{{- end }}

{{- define "podium.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "podium.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities: {drop: [ALL]}
{{- end }}

{{- define "podium.labels" -}}
{{ include "podium.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* An image reference. The digest wins; takes (dict "image" … "version" …). */ -}}
{{- define "podium.image" -}}
{{- if .image.digest }}{{ printf "%s@%s" .image.repository .image.digest }}{{ else }}{{ printf "%s:%s" .image.repository (.image.tag | default .version) }}{{ end }}
{{- end }}

{{- /* Namespaces as a comma-separated list; empty means the whole cluster. */ -}}
{{- define "podium.namespaces" -}}
{{- if eq .Values.scope.mode "release" }}{{ .Release.Namespace }}{{ else if eq .Values.scope.mode "namespaces" }}{{ join "," .Values.scope.namespaces }}{{ end }}
{{- end }}

{{- /* What the operator does with Orchestrators and their children, where it may look at them.
       Kept equal to podium_operator.access.PERMISSIONS by a test, and to what the API server's audit
       log shows of a whole life by another. Secrets are read by name only:
       the right to list them would be the right to read them all. */ -}}
{{- define "podium.rules" -}}
- apiGroups: [podium.video]
  resources: [orchestrators]
  verbs: [get, list, watch, patch] # patch: the finalizer, where a deletion has work on chain
- apiGroups: [podium.video]
  resources: [orchestrators/status]
  verbs: [patch]
# Asked for where OwnerReferencesPermissionEnforcement is on: children name their owner.
- apiGroups: [podium.video]
  resources: [orchestrators/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [serviceaccounts, services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create, patch, update]
- apiGroups: [""]
  resources: [pods]
  verbs: {{ if include "podium.heedsNotices" . }}[list, watch, delete] # delete: off a machine that is taken{{ else }}[list, watch]{{ end }}
- apiGroups: [apps]
  resources: [statefulsets, deployments]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- if include "podium.heedsNotices" . }}
# Notices of machines that are taken: their taints and conditions.
- apiGroups: [""]
  resources: [nodes]
  verbs: [list, watch]
{{- end }}
{{- end }}

{{- /* Whether to make an object of a kind that the cluster may lack; takes (dict "when" … "kind" "group/version/Kind" "root" $). */ -}}
{{- define "podium.wanted" -}}
{{- if or (eq .when "always") (and (eq .when "auto") (.root.Capabilities.APIVersions.Has .kind)) }}true{{ end }}
{{- end }}

{{- /* A name for one file under files/: the release's and the file's own, as Kubernetes spells names. */ -}}
{{- define "podium.fileName" -}}
{{- printf "%s-%s" (include "podium.name" .root) (base .path | trimSuffix (ext .path) | lower | replace "_" "-") | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Labels of what Prometheus' operator selects. */ -}}
{{- define "podium.monitoringLabels" -}}
{{ include "podium.labels" . }}
{{- with .Values.monitoring.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

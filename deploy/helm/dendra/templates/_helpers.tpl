{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "dendra.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Leaves room for the endings of dependent names. */}}
{{- define "dendra.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "dendra.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "dendra.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "dendra.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dendra.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dendra.labels" -}}
{{ include "dendra.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "dendra.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* Name of the Secret with the keys of the API; empty if none are asked for. */}}
{{- define "dendra.apiKeysSecret" -}}
{{- if and .Values.apiKeys.existingSecret .Values.apiKeys.lines }}
{{- fail "apiKeys: either lines or existingSecret" }}
{{- else if .Values.apiKeys.existingSecret }}
{{- .Values.apiKeys.existingSecret }}
{{- else if .Values.apiKeys.lines }}
{{- printf "%s-api-keys" (include "dendra.fullname" .) }}
{{- end }}
{{- end }}

{{/* The labels of Node Feature Discovery that nodes must have: what the kernels ask for, but for F16C, which it leaves out. */}}
{{- define "dendra.requiredFeatures" -}}
{{- $avx2 := list "AVX2" "FMA3" }}
{{- $avx512 := list "AVX512F" "AVX512BW" "AVX512DQ" "AVX512VL" "AVX512VNNI" }}
{{- $amx := list "AMXTILE" "AMXINT8" "AMXBF16" "AVX512BF16" }}
{{- $sets := dict "none" (list) "AVX2" $avx2 "AVX512" $avx512 "AMX" (concat $avx512 $amx) }}
{{- range get $sets .Values.cpuFeatures.require }}
- key: feature.node.kubernetes.io/cpu-cpuid.{{ . }}
  operator: Exists
{{- end }}
{{- end }}

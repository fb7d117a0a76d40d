#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Times Jlama on a GGUF of SmolLM2, once with its native kernels and once with the Vector API.
#
#   docs/comparison/run-jlama.sh MODEL.gguf [WORK_FOLDER]
#
# Needs JDK 25 or newer in JAVA_HOME, Maven, and a PYTHON (default python3) that has gguf==0.19.0.
# THREADS (2), REPETITIONS (5), WARM_UPS (5) and HEAD (tied, or q4 for an output head of its own in Q4) may be set.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
model=$1
work=${2:-${TMPDIR:-/tmp}/dendra-jlama}
case ${HEAD:-tied} in
  tied) folder=$work/model option= ;;
  q4) folder=$work/model-untied option=--untied-head ;;
  *) echo "HEAD is tied or q4" >&2; exit 2 ;;
esac
: "${JAVA_HOME:?set it to a JDK 25 or newer}"

mkdir -p "$work"
[ -d "$work/lib" ] ||
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/lib"
[ -f "$folder/model.safetensors" ] ||
  "${PYTHON:-python3}" "$here/gguf_to_safetensors.py" "$model" "$folder" $option

for vector_api_only in false true; do
  "$JAVA_HOME/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -Xmx6g \
    -Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -Djlama.force_panama_tensor_operations=$vector_api_only \
    -cp "$work/lib/*" "$here/JlamaBench.java" "$folder" "${THREADS:-2}" "${REPETITIONS:-5}" "${WARM_UPS:-5}"
done

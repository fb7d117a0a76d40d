# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0

ARG BUILD_IMAGE=eclipse-temurin:25-jdk
ARG RUNTIME_IMAGE=eclipse-temurin:25-jre

FROM ${BUILD_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make unzip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -P launcher package
# Beside its jar, the native library needs no copy in a temporary folder, which may be mounted noexec.
RUN mkdir /dendra \
    && cp server/target/launcher/dendra-server-*.jar /dendra/dendra.jar \
    && cp -r server/target/launcher/lib /dendra/lib \
    && cp kernels-native/target/launcher/classes/native/linux-*/libdendra_kernels.so /dendra/lib/

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="Dendra" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /dendra /opt/dendra
# The only folder that is written to; with a volume here, the root file system may be read-only.
RUN mkdir -p /var/cache/dendra && chown 65532:65532 /var/cache/dendra
VOLUME /var/cache/dendra
# JDK_JAVA_OPTIONS holds what may be set anew from outside: heap, collector, -XX:ActiveProcessorCount.
ENV DENDRA_CACHE=/var/cache/dendra \
    JDK_JAVA_OPTIONS="-XX:+UseSerialGC -Xmx1g"
USER 65532:65532
EXPOSE 8080 9090
# The first start fetches and packs a model. bash opens the connection itself: the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5m --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -u 3 _ status _ && [ \"$status\" = 200 ]"]
# Callers of vector kernels wait for the compiler, as in the launcher.
ENTRYPOINT ["java", "-XX:-UsePerfData", "-XX:CompileCommand=quiet", \
    "-XX:CompileCommand=BackgroundCompilation,dev.dendra.kernels.vector.*::*,false", \
    "-XX:CompileCommand=CompileThresholdScaling,dev.dendra.kernels.vector.*::*,0.02", \
    "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-jar", "/opt/dendra/dendra.jar"]
CMD ["serve", "--host", "0.0.0.0"]

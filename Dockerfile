# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
#
# docker build -t dendra .
#
# BUILD_IMAGE has a JDK 25 and apt-get. BASE has bash (for the health check) and a C library no older than the build image's.

ARG BUILD_IMAGE=eclipse-temurin:25-jdk-noble
ARG BASE=debian:trixie-slim

FROM ${BUILD_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils gcc libc6-dev make python3 unzip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -P launcher package
# A runtime of the modules that are used. java.desktop and java.sql, which libraries name and do without, are not among them.
RUN jlink --output /opt/java --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-9 --add-modules \
    java.base,java.logging,java.management,java.net.http,jdk.incubator.vector,jdk.management,jdk.unsupported \
    && find /opt/java -name '*.so' -exec strip --strip-unneeded {} +
# Beside its jar, the native library needs no copy in a temporary folder, which may be mounted noexec.
RUN mkdir /opt/dendra \
    && cp server/target/launcher/dendra-server-*.jar /opt/dendra/dendra.jar \
    && cp -r server/target/launcher/lib /opt/dendra/lib \
    && cp kernels-native/target/launcher/classes/native/linux-*/libdendra_kernels.so /opt/dendra/lib/ \
    && cp deploy/image/java.options LICENSE /opt/dendra/
# Classes as one run has loaded them. The JVM compares paths, sizes and times of what it was made from, so that stays as it is.
RUN python3 deploy/image/training_run.py /opt/dendra/dendra.aot /opt/java/bin/java @/opt/dendra/java.options -jar /opt/dendra/dendra.jar

FROM ${BASE}
LABEL org.opencontainers.image.title="Dendra" \
      org.opencontainers.image.description="LLM inference server for CPUs" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/java /opt/java
COPY --from=build /opt/dendra /opt/dendra
# The only folder that is written to; with a volume here, the root file system may be read-only.
RUN mkdir -p /var/cache/dendra && chown 65532:65532 /var/cache/dendra
VOLUME /var/cache/dendra
# JDK_JAVA_OPTIONS holds what may be set anew from outside: heap, collector, -XX:ActiveProcessorCount.
ENV DENDRA_CACHE=/var/cache/dendra \
    JDK_JAVA_OPTIONS="-XX:+UseSerialGC -Xmx1g"
USER 65532:65532
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# The first start fetches and packs a model. bash opens the connection itself: the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5m --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -u 3 _ status _ && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/opt/java/bin/java", "@/opt/dendra/java.options", "-XX:AOTCache=/opt/dendra/dendra.aot", "-jar", "/opt/dendra/dendra.jar"]
CMD ["serve", "--host", "0.0.0.0"]

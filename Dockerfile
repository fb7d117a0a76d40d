# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
#
# docker build -t dendra .
#
# BUILD_IMAGE has a JDK 25 and apt-get. BASE needs no more than a C library, one no older than the build image's; scratch, which has
# nothing, is given the build image's own.

ARG BUILD_IMAGE=eclipse-temurin:25-jdk-noble
ARG BASE=scratch

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
RUN mkdir /opt/dendra /opt/cache \
    && cp server/target/launcher/dendra-server-*.jar /opt/dendra/dendra.jar \
    && cp -r server/target/launcher/lib /opt/dendra/lib \
    && cp kernels-native/target/launcher/classes/native/linux-*/libdendra_kernels.so /opt/dendra/lib/ \
    && cp deploy/image/java.options LICENSE /opt/dendra/ \
    && gcc -std=gnu17 -Os -s -Wall -Wextra -Werror -o /opt/dendra/healthy deploy/image/healthy.c
# Classes as one run has loaded them. The JVM compares paths, sizes and times of the jars that it was made from: whole seconds
# are what survives being copied.
RUN find /opt/java /opt/dendra -exec touch --no-dereference --date=@1767225600 {} + \
    && python3 -B deploy/image/training_run.py /opt/dendra/dendra.aot /opt/java/bin/java @/opt/dendra/java.options \
        -jar /opt/dendra/dendra.jar
# The libraries that all this is linked with, which are the C library's, and what that reads: users, and where to look for hosts.
ARG BASE
RUN mkdir /opt/system && [ "$BASE" != scratch ] || { mkdir /opt/system/etc && mkdir -m 1777 /opt/system/tmp \
    && find /opt/java /opt/dendra -type f -exec ldd {} + 2>/dev/null \
        | awk '$(NF - 1) ~ "^/(usr/)?lib" { print $(NF - 1) }' | sort -u | xargs cp -L --parents --target-directory=/opt/system \
    && echo 'hosts: files dns' >/opt/system/etc/nsswitch.conf \
    && echo 'nonroot:x:65532:' >/opt/system/etc/group \
    && echo 'nonroot:x:65532:65532::/var/cache/dendra:/nonexistent' >/opt/system/etc/passwd; }

FROM ${BASE}
LABEL org.opencontainers.image.title="Dendra" \
      org.opencontainers.image.description="LLM inference server for CPUs" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/system /
COPY --from=build /opt/java /opt/java
COPY --from=build /opt/dendra /opt/dendra
# The only folder that is written to; with a volume here, the root file system may be read-only.
COPY --from=build --chown=65532:65532 /opt/cache /var/cache/dendra
VOLUME /var/cache/dendra
# JDK_JAVA_OPTIONS holds what may be set anew from outside: heap, collector, -XX:ActiveProcessorCount.
# The models of the repository are not in the image: mount them here, or copy them in an image of your own.
ENV DENDRA_CACHE=/var/cache/dendra \
    DENDRA_MODELS=/opt/dendra/models \
    JDK_JAVA_OPTIONS="-XX:+UseSerialGC -Xmx1g"
USER 65532:65532
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# The first start fetches and packs a model.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5m --retries=3 CMD ["/opt/dendra/healthy", "9090"]
ENTRYPOINT ["/opt/java/bin/java", "@/opt/dendra/java.options", "-XX:AOTCache=/opt/dendra/dendra.aot", "-jar", "/opt/dendra/dendra.jar"]
CMD ["serve", "--host", "0.0.0.0"]

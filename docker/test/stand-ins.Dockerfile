# What stands in for the public images where none can be pulled, made from Maven Central's and Debian's packages. The
# context is this folder, and the unpacked registry for the target `registry`.
ARG BASE_IMAGE=logitstream-test-base
ARG LOGITSTREAM_IMAGE=logitstream:latest

FROM ${LOGITSTREAM_IMAGE} AS logitstream

# For apache/kafka: the same jars, user, folders and environment, read by the code that reads it there.
FROM ${BASE_IMAGE} AS broker
RUN useradd --uid 1000 appuser && mkdir -p /opt/kafka/config /etc/kafka/docker /mnt/shared/config /var/lib/kafka/data \
    && cd /etc/kafka/docker && touch server.properties log4j2.yaml tools-log4j2.yaml \
    && chown -R appuser /opt/kafka /mnt/shared/config /var/lib/kafka
COPY --from=logitstream /opt/logitstream/lib /opt/kafka/libs
COPY broker /etc/kafka/docker/run
USER appuser
VOLUME /var/lib/kafka/data
CMD ["/etc/kafka/docker/run"]

# For confluentinc/cp-schema-registry: Apicurio's server, which speaks Confluent's protocol under /apis/ccompat/v7.
FROM ${BASE_IMAGE} AS registry
RUN useradd --uid 1000 appuser && mkdir /data && chown appuser /data
COPY . /opt/registry
USER appuser
VOLUME /data
ENV REGISTRY_DATASOURCE_URL=jdbc:h2:file:/data/registry
CMD ["bash", "-c", "exec java $SCHEMA_REGISTRY_HEAP_OPTS -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dquarkus.http.port=8081 -Dquarkus.datasource.jdbc.initial-size=2 -Dquarkus.datasource.jdbc.min-size=1 \
    -jar /opt/registry/apicurio-registry-app-*-runner.jar"]

# For prom/prometheus: Debian's build of it.
FROM ${BASE_IMAGE} AS prometheus
RUN mkdir /prometheus && chown 65534 /prometheus
USER 65534
ENTRYPOINT ["/usr/bin/prometheus"]

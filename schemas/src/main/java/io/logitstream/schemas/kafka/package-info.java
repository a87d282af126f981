/** Kafka clients and topics: connection and topic settings, record kinds and addresses, and the ends of partitions. */
package io.logitstream.schemas.kafka;

/** Kafka clients and topics: connection settings, topic settings, end offsets and the identity of a topic. */
package io.logitstream.schemas.kafka;

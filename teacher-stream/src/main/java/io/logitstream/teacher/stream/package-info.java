/** The Kafka Streams application: topology, processor, properties, start and stop. */
package io.logitstream.teacher.stream;

/** The Kafka Streams application: topology, processor, properties and start. */
package io.logitstream.teacher.stream;

/**
 * Topics at rest: a folder of Avro object container files with a manifest, from which a topic is restored and a student
 * is trained without Kafka. {@code docs/reference/archive.md} specifies the format.
 */
package io.logitstream.schemas.archive;

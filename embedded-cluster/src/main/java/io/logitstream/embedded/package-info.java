/** A Kafka broker and a schema registry in this process, on loopback only, with their data in one folder. */
package io.logitstream.embedded;

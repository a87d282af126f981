/**
 * A Kafka broker and a schema registry inside this process, so that nothing has to be installed or started
 * first. Both listen on loopback only and keep their data in one folder.
 */
package io.logitstream.cli.embedded;

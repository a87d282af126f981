/** Requests to servers: connections, retries, several addresses, checks at start and after a failure. */
package io.logitstream.teacher.served.client;

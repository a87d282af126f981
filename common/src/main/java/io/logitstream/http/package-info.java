/** Small HTTP servers: limits on slow clients and checks of the host name. */
package io.logitstream.http;

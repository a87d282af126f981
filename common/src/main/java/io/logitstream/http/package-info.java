/** Small HTTP servers: limits on what a client can hold, and checks of who may ask. */
package io.logitstream.http;

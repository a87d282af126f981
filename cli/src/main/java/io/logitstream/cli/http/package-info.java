/** The small HTTP servers of this process: limits on what a client can hold, and who may ask. */
package io.logitstream.cli.http;

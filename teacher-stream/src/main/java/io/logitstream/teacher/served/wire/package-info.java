/** Reading and writing of the JSON of servers: streams without a tree, checks, and the interface of each server's format. */
package io.logitstream.teacher.served.wire;

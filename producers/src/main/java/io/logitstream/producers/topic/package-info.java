/** The tokens topic as its publisher sees it: what is published already, transactions and clients. */
package io.logitstream.producers.topic;

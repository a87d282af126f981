/**
 * The wire contract: the records of the tokens and logits topics and their keys. Independent of models, corpus files
 * and the command line.
 */
package io.logitstream.schemas;

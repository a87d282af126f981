/**
 * What an exploration is apart from running it: plans, variants, sharing of the teacher's logits, statistics, results.
 */
package io.logitstream.cli.explore;

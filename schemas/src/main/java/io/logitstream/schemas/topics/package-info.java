/** What is known of a topic as a whole: which topic it is, and whether it is still the one that a reader has begun. */
package io.logitstream.schemas.topics;

/** Doubts about the schema registry: what a wrong or an emptied registry looks like from a reader's side. */
package io.logitstream.schemas.registry;

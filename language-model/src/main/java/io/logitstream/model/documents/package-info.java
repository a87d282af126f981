/** Documents of a row that do not see each other: their lengths, and how attention takes them together. */
package io.logitstream.model.documents;

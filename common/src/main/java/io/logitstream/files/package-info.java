/** Files: atomic replacement forced to disk, SHA-256 digests, folder locks, bounded reads and JSON. */
package io.logitstream.files;
